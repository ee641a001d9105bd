"""The report: the figures of a demo, for programs."""

import re
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

import msgspec

from coattail_common import venues
from coattail_demo import latency, proof
from coattail_demo.evidence import AlertKey, Evidence
from coattail_demo.features import Features
from coattail_demo.latency import Latency
from coattail_demo.proof import MarketProof, Proof

_PACKAGES: Final = (
    *("coattail-common", "coattail-exchange-simulator"),
    *(f"coattail-{venue.service}" for venue in venues.installed()),
    *("coattail-kinesis-writer", "coattail-stream-detectors", "coattail-local-cloud", "coattail-demo"),
    *("pyspark", "pyiceberg"),
)
_ICEBERG_JAR: Final = re.compile(r"iceberg-spark-runtime-.*-(?P<version>[\d.]+)\.jar$")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo ran. `features` are the windows and thresholds of `features_file`."""

    source: str
    seconds: float | None
    seed: int | None
    rate: float | None
    scenario: str | None
    speed: float | None
    landing_seconds: float
    features_file: str
    features: Features


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of trades and, by alert type, of alerts. Of the `missing`, `unlanded` are still in Kinesis; `kept` were there before.

    `latency_ms`: last trade sent → alert off the bus; of alerts about windows,
    from the moment the watermark passed the window's end.

    `injected`, `detected`, `false_alerts` and `out_of_reach` are null where nobody knows the truth; what is out of reach, no
    window could have shown, and `injected` does not count it. `rss_mb`: peaks by process, with all it started. `largest_usd` is
    the largest alert of each type that is about trades.
    """

    passed: bool
    problems: tuple[str, ...]
    trades_sent: int
    trades_stored: int
    missing: int
    unlanded: int
    kept: int
    duplicates: int
    rejected: int
    alerts: dict[str, int]
    alerts_by_market: dict[str, dict[str, int]]
    injected: dict[str, int] | None
    detected: dict[str, int] | None
    false_alerts: dict[str, int] | None
    out_of_reach: dict[str, int] | None
    largest_usd: dict[str, float]
    latency_ms: dict[str, Latency]
    first_alert_seconds: float | None
    rss_mb: dict[str, float]
    restarts: dict[str, int]
    markets: tuple[MarketProof, ...]
    config: Config
    versions: dict[str, str]


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What the report says of the run itself."""

    first_alert_seconds: float | None
    rss_mb: dict[str, float]
    restarts: dict[str, int]
    config: Config
    versions: dict[str, str]


def build(evidence: Evidence, found: Proof, run: Circumstances) -> Report:
    """The report."""
    sums = proof.totals(found.markets)
    raised = [alert.key for alert in evidence.raised]
    injected = evidence.injected
    episodes = found.episodes
    largest: dict[str, float] = {}
    for alert in evidence.raised:
        if alert.sighting is None:
            largest[alert.key.alert_type] = max(largest.get(alert.key.alert_type, 0.0), alert.usd)
    about_trades = {alert.key for alert in evidence.raised if alert.sighting is None}
    return Report(
        passed=not found.problems,
        problems=found.problems,
        trades_sent=sums["sent"],
        trades_stored=sums["stored"],
        missing=sums["missing"],
        unlanded=sums["unlanded"],
        kept=sums["kept"],
        duplicates=sums["duplicates"],
        rejected=found.rejected,
        alerts=proof.by_type(raised),
        alerts_by_market=_by_market(raised),
        injected=None if injected is None else proof.by_type((*injected, *episodes.found, *episodes.undetected)),
        detected=None if injected is None else proof.by_type((*(set(injected) & about_trades), *episodes.found)),
        false_alerts=None if injected is None else _false(found),
        out_of_reach=None if injected is None else proof.by_type(episodes.out_of_reach),
        largest_usd=dict(sorted(largest.items())),
        latency_ms=dict(latency.by_type(evidence.raised)),
        first_alert_seconds=run.first_alert_seconds,
        rss_mb=run.rss_mb,
        restarts=run.restarts,
        markets=found.markets,
        config=run.config,
        versions=run.versions,
    )


def write(report: Report, path: Path) -> None:
    """Write it, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    part.replace(path)


def versions(java: str, python: str, jars: Sequence[Path]) -> dict[str, str]:
    """The versions of what ran."""
    iceberg = next((found["version"] for jar in jars if (found := _ICEBERG_JAR.search(jar.name))), "unknown")
    return {
        **{name: _version(name) for name in _PACKAGES},
        "iceberg": iceberg,
        "java": java,
        "python": python,
    }


def _false(found: Proof) -> dict[str, int]:
    return proof.by_type((*found.false_alerts, *(alert.key for alert in found.episodes.false_alerts)))


def _by_market(keys: Iterable[AlertKey]) -> dict[str, dict[str, int]]:
    found: dict[str, list[AlertKey]] = {}
    for key in keys:
        found.setdefault(key.market, []).append(key)
    return {market: proof.by_type(these) for market, these in sorted(found.items())}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
