"""Detectors of what happens on exchanges: plain Python over what a batch brought, the same in stream and in batch."""
