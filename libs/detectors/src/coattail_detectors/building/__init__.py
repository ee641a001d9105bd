"""What several modules are built from: windows, episodes, limits."""
