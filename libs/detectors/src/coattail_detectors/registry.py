"""The registry: the modules that are installed, and the detectors of those that tier and features file switch on."""

import math
from collections.abc import Collection, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from operator import attrgetter

from coattail_detectors.discovery import installed
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.module import Module
from coattail_detectors.kernel.observed import Wanted
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.kernel.tiers import Tier


class ModuleRegistry:
    """Modules with the classes of their detectors, by id. Raises `FeaturesError` where two have an id, a name or a table in common."""

    def __init__(self, detectors: Iterable[type[BaseDetector]]) -> None:
        self.detectors = tuple(sorted(dict.fromkeys(detectors), key=lambda one: one.module.module_id))
        for names in ("module_id", "name", "table.name"):
            _require_unique([(attrgetter(names)(one.module), one) for one in self.detectors])

    @classmethod
    def load(cls, tier: Tier | None = None) -> "ModuleRegistry":
        """Return the modules that are installed; those alone that the tier lists, if one is given. Raises `FeaturesError`."""
        registry = cls(installed())
        return registry if tier is None else cls(registry._named(tier.modules))

    @property
    def modules(self) -> tuple[Module, ...]:
        """Their metadata."""
        return tuple(one.module for one in self.detectors)

    def enabled(self, features: Features, names: Sequence[str]) -> list[BaseDetector]:
        """Return a detector of each module that is named, unless the features switch it off; each after those that it depends on.

        Raises `FeaturesError` for a name that is no module's, and for a module that depends on one that is not active, or on itself.
        """
        wanted = features.overridden(names)
        active = [one for one in self._named(wanted) if features.of(one.module.settings).enabled]
        return [one(features, Provenance.of(features.config_hash)) for one in _in_order(active)]

    def _named(self, names: Collection[str]) -> list[type[BaseDetector]]:
        if unknown := sorted(set(names) - {one.name for one in self.modules}):
            message = f"{', '.join(unknown)} is no module; there are {', '.join(one.name for one in self.modules)}"
            raise FeaturesError(message)
        return [one for one in self.detectors if one.module.name in names]


def wanted(detectors: Sequence[BaseDetector], features: Features) -> Wanted:
    """What the detectors want to see, together: the least floor, and bars that every window is a multiple of."""
    windows = [one.window for one in detectors if one.window]
    return Wanted(
        floor=min((one.floor for one in detectors if one.floor is not None), default=None),
        rates=features.rates,
        bar=math.gcd(*windows) if windows else None,
    )


def _require_unique(named: Sequence[tuple[str, type[BaseDetector]]]) -> None:
    known: dict[str, type[BaseDetector]] = {}
    for name, detector in named:
        if (other := known.setdefault(name, detector)) is not detector:
            places = " and ".join(f"{one.__module__}.{one.__name__}" for one in (other, detector))
            raise FeaturesError(f"{name} belongs to two modules, {places}: uninstall one, or give it another")


def _in_order(detectors: Sequence[type[BaseDetector]]) -> list[type[BaseDetector]]:
    """Return them so that each comes after those that it depends on, and else by id."""
    by_id = {one.module.module_id: one for one in detectors}
    for module in (one.module for one in detectors):
        for needed in module.dependencies:
            if needed not in by_id:
                message = (
                    f"{module.module_id} {module.name} needs {needed}, which is not active; switch both on or both off"
                )
                raise FeaturesError(message)
    order = TopologicalSorter({one.module.module_id: one.module.dependencies for one in detectors})
    try:
        order.prepare()
    except CycleError as error:
        message = f"{' needs '.join(reversed(error.args[1]))}: modules cannot depend on each other in a circle"
        raise FeaturesError(message) from error
    found: list[type[BaseDetector]] = []
    while ready := sorted(order.get_ready()):
        found += [by_id[one] for one in ready]
        order.done(*ready)
    return found
