"""Detectors of what happens on exchanges: plain Python over what a batch brought, the same in stream and in batch."""

from coattail_detectors.registry import ModuleRegistry

__all__ = ["ModuleRegistry"]
