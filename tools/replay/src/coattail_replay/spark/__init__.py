"""The replay on Spark: for clusters, and the same as on Arrow."""
