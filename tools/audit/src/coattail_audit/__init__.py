"""Proves of `raw_trades` which trades are there, missing, doubled or filled in."""
