"""What the detectors find in the landed trades, kept as it comes."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from coattail_common.contracts import Alert
from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel import features as features_file
from coattail_detectors.kernel import tiers
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_replay.errors import InputError
from coattail_replay.outputs import TableFile


def chosen(config: Path, tier: Path, names: Sequence[str] | None) -> tuple[Features, list[BaseDetector]]:
    """The features and the detectors: those named, or the tier's. Raises `InputError`."""
    try:
        registry = ModuleRegistry.load()
        features = features_file.load(config, registry.modules)
        detectors = registry.enabled(features, names or tiers.load(tier).modules)
    except FeaturesError as error:
        raise InputError(str(error)) from error
    if not detectors:
        raise InputError(f"{config} switches every module off that was asked for")
    return features, detectors


def keep(
    findings: Iterable[Finding], detectors: Sequence[BaseDetector], folder: Path
) -> tuple[list[Alert], list[TableFile]]:
    """The alerts, each once, and a file in `folder` for each module's table."""
    files = {one.module.table.rows: TableFile(one.module.table, folder) for one in detectors}
    alerts: dict[str, Alert] = {}
    for finding in findings:
        if finding.alert is not None:
            alerts.setdefault(finding.alert.alert_id, finding.alert)
        if finding.row is not None:
            files[type(finding.row)].add(finding.row)
    for file in files.values():
        file.close()
    return list(alerts.values()), list(files.values())
