"""From an exchange's frame to the line of a trade."""
