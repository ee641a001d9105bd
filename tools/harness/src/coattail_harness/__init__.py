"""What the tools that run other processes share: supervisor, ports, memory, waiting, screen, exchange launcher."""
