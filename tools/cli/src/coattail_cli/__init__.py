"""One entry to every command of Coat Tail."""
