"""Detectors of somebody else."""
