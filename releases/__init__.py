"""What is released: `releases.toml` names it, a check compares the code with it, and tags are made from it."""
