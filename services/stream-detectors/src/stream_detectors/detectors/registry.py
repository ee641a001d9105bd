"""The registry: every module there is, and the detectors of those that the features file enables."""

from typing import Final

from stream_detectors.detectors.base import BaseDetector
from stream_detectors.detectors.provenance import Provenance
from stream_detectors.detectors.whale import WhaleDetector
from stream_detectors.features import Features

MODULES: Final = (WhaleDetector,)


def enabled(features: Features) -> list[BaseDetector]:
    """A detector of each module that is switched on."""
    provenance = Provenance.of(features.config_hash)
    return [WhaleDetector(features, provenance)] if features.whale_detector.enabled else []
