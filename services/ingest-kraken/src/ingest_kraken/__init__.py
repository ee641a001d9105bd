"""See the README beside the package."""
