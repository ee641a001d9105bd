"""Recordings of the real exchanges, played back frame by frame."""

from exchange_simulator.replay.source import ReplaySource

__all__ = ["ReplaySource"]
