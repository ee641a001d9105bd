"""Files of trades through the same quality rules and detectors, on this machine, with no cloud."""
