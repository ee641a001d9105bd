"""The one Spark application: lands every trade once and runs the detectors over them. `pipeline` is the main path."""
