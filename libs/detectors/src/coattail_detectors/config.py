"""How the modules run: features and tier, read from wherever the process has them, and held against the modules that are installed."""

from abc import ABC, abstractmethod
from pathlib import Path

import msgspec

from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features, load
from coattail_detectors.kernel.tiers import Tier
from coattail_detectors.kernel.tiers import load as load_tier
from coattail_detectors.registry import ModuleRegistry


class Config(msgspec.Struct, frozen=True):
    """What was read, and the modules that it was held against."""

    features: Features
    tier: Tier
    registry: ModuleRegistry

    def detectors(self) -> list[BaseDetector]:
        """Return a new detector of each module that is switched on. Raises `FeaturesError`."""
        return self.registry.enabled(self.features, self.tier.modules)


class ConfigLoader(ABC):
    """Says where the two files are."""

    @abstractmethod
    def features_file(self) -> Path:
        """Return the features file."""

    @abstractmethod
    def tier_file(self) -> Path:
        """Return the tier's file. Those that it extends lie beside it."""

    def load(self) -> Config:
        """Read both. Raises `FeaturesError`, which says which file is at fault and why."""
        registry = ModuleRegistry.load()
        return Config(load(self.features_file(), registry.modules), load_tier(self.tier_file()), registry)


class ConfigFiles(ConfigLoader):
    """Two files by their paths."""

    def __init__(self, features: Path, tier: Path) -> None:
        self._features = features
        self._tier = tier

    def features_file(self) -> Path:
        """See `ConfigLoader.features_file`."""
        return self._features

    def tier_file(self) -> Path:
        """See `ConfigLoader.tier_file`."""
        return self._tier
