"""The registry: every module there is, and the detectors of those that tier and features file switch on."""

import math
from collections.abc import Sequence
from typing import Final

from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.observed import Wanted
from coattail_detectors.kernel.provenance import Provenance
from coattail_detectors.modules.spread_calculator.spread import SpreadDetector
from coattail_detectors.modules.volume_anomaly.volume import VolumeDetector
from coattail_detectors.modules.whale_detector.whale import WhaleDetector

DETECTORS: Final[tuple[type[BaseDetector], ...]] = (VolumeDetector, WhaleDetector, SpreadDetector)
MODULES: Final = tuple(one.module for one in DETECTORS)


def enabled(
    features: Features, names: Sequence[str], detectors: Sequence[type[BaseDetector]] = DETECTORS
) -> list[BaseDetector]:
    """A detector of each module that is named, unless the features switch it off.

    Raises `FeaturesError` for a name that is no module's, and for a module that depends on one that is not active.
    """
    known = {one.module.name: one for one in detectors}
    if unknown := sorted(set(names) - set(known)):
        message = f"{', '.join(unknown)} is no module; there are {', '.join(known)}"
        raise FeaturesError(message)
    active = [one for name, one in known.items() if name in names and features.of(one.module.settings).enabled]
    present = {one.module.module_id for one in active}
    for module in (one.module for one in active):
        for needed in module.dependencies:
            if needed not in present:
                message = (
                    f"{module.module_id} {module.name} needs {needed}, which is not active; switch both on or both off"
                )
                raise FeaturesError(message)
    provenance = Provenance.of(features.config_hash)
    return [one(features, provenance) for one in active]


def wanted(detectors: Sequence[BaseDetector], features: Features) -> Wanted:
    """What the detectors want to see, together: the least floor, and bars that every window is a multiple of."""
    windows = [one.window for one in detectors if one.window]
    return Wanted(
        floor=min((one.floor for one in detectors if one.floor is not None), default=None),
        rates=features.rates,
        bar=math.gcd(*windows) if windows else None,
    )
