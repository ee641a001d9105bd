"""Where things are. Everything that is made lies under `.local/terraform`, nothing in the user's home."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
STACKS = INFRA / "stacks"
ENVIRONMENTS = INFRA / "environments"
RENDERED = INFRA / "rendered"
SCHEMA_PACKAGE = INFRA / "offline" / "schema_package.json"
PROVIDER_SOURCE = INFRA / "offline" / "provider"
TIERS = ROOT / "config" / "tiers"
LOCAL = ROOT / ".local" / "terraform"
WORK = LOCAL / "work" / "infra"
"""The copy that terraform runs on. It lies in its folder as `infra` lies in the repository: the code reads `config/tiers` beside it."""

STACK_ORDER = (
    "platform",
    "kinesis-writer",
    "ingest-binance",
    "ingest-coinbase",
    "ingest-kraken",
    "stream-detectors",
    "catalog-lambda",
    "dq-lambda",
)
"""The stacks in the order in which they are deployed: each needs only stacks before it."""
