"""The names of the engines. Options need them, and nothing that an engine loads."""

from enum import StrEnum


class EngineName(StrEnum):
    """The engines."""

    ARROW = "arrow"
    """In this process, over Arrow's columns; it starts at once."""
    SPARK = "spark"
    """A local Spark, as a cluster would do it."""
