"""Finds the detectors that are installed: each package that has some names them by entry points of the group `coattail.detectors`.

An entry point names a detector's class, or a package whose folders are modules, each with its class in `detector.py`. Ours are found
as those of any other package are.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Final

from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.module import Module

GROUP: Final = "coattail.detectors"


def installed() -> Iterator[type[BaseDetector]]:
    """Yield the class of every detector. Raises `FeaturesError` for an entry point that names none, or cannot be imported."""
    for point in entry_points(group=GROUP):
        try:
            for detector in _named(point):
                if not isinstance(getattr(detector, "module", None), Module):
                    raise TypeError(f"{detector.__name__} has no `module`, which says what it is")
                yield detector
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            package = point.dist.name if point.dist else "?"
            message = (
                f"package {package}: the entry point {point.name} = {point.value} of {GROUP} cannot be used: {error}"
            )
            raise FeaturesError(message) from error


def _named(point: EntryPoint) -> Iterator[type[BaseDetector]]:
    named = point.load()
    if isinstance(named, ModuleType):
        for folder in pkgutil.iter_modules(named.__path__):
            if folder.ispkg:
                yield _of_folder(f"{named.__name__}.{folder.name}")
    elif isinstance(named, type) and issubclass(named, BaseDetector):
        yield named
    else:
        raise TypeError(f"{named!r} is neither a detector nor a package of modules")


def _of_folder(package: str) -> type[BaseDetector]:
    module = import_module(f"{package}.detector")
    own = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, BaseDetector) and one.__module__ == module.__name__
    ]
    if len(own) != 1:
        raise ValueError(f"{module.__name__} defines {len(own)} detectors, and a module has one")
    return own[0]
