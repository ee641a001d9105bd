"""What is too hot for Python: a trade's line, from the fields of an exchange's frame."""
