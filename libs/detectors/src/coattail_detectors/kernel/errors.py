"""The error of a configuration that cannot be used."""


class FeaturesError(ValueError):
    """A features or tier file cannot be used; the message says where and why."""
