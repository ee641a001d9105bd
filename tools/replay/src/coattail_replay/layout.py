"""Where things lie: the repository's files that a replay uses, and where it writes when it is not told."""

from pathlib import Path

from coattail_replay.options import Options
from coattail_replay.outputs import Places

_ROOT = Path(__file__).resolve().parents[4]
JARS = _ROOT / ".local" / "ivy" / "jars"
"""Iceberg's jars, put there by `./task setup`."""
FEATURES = _ROOT / "config" / "features.yaml"
"""How the modules run."""
TIER = _ROOT / "config" / "tiers" / "small.yaml"
"""Which modules run when none are named."""


def places(options: Options) -> Places:
    """Where this replay writes. What passes lies beside the warehouse, where there has to be room for it anyway."""
    default = _ROOT / ".local" / "replay"
    warehouse = (options.warehouse or default / "warehouse").absolute()
    return Places(
        warehouse=warehouse,
        work=warehouse.with_name(f"{warehouse.name}.work"),
        alerts=(options.alerts or default / "alerts.jsonl").absolute(),
        tables=(options.tables or default / "tables").absolute(),
        plots=(options.plots or default / "plots").absolute(),
        report=options.report.absolute() if options.report is not None else None,
    )
