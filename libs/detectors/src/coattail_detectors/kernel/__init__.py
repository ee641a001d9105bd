"""What a module is made of and what it is shown."""
