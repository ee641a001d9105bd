"""What the services of Coat Tail share: the contracts, and the seams they meet at."""
