"""The modules, a folder each."""
