"""What is measured, and how: `./task bench -- detectors`."""
