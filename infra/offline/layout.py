"""Where things are. Everything that is made lies under `.local/terraform`, nothing in the user's home."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
STACKS = INFRA / "stacks"
ENVIRONMENTS = INFRA / "environments"
RENDERED = INFRA / "rendered"
SCHEMA_PACKAGE = INFRA / "offline" / "schema_package.json"
PROVIDER_SOURCE = INFRA / "offline" / "provider"
CONFIG = ROOT / "config"
TIERS = CONFIG / "tiers"
LOCAL = ROOT / ".local" / "terraform"
WORK = LOCAL / "work" / "infra"
"""The copy that terraform runs on. It lies in its folder as `infra` lies in the repository: the code reads `config` beside it."""

CONNECTOR = "ingest-"
"""What the stack of a connector begins with; its exchange's name follows."""

CONNECTORS = tuple(sorted(path.parent.name for path in STACKS.glob(f"{CONNECTOR}*/main.tf")))
"""The stacks of connectors."""

STACK_ORDER = ("platform", "kinesis-writer", *CONNECTORS, "stream-detectors", "catalog-lambda", "dq-lambda")
"""The stacks in the order in which they are deployed: each needs only stacks before it."""


def deployed(environment: str) -> tuple[str, ...]:
    """Return the stacks of an environment, in that order: a connector is left out where its exchange has no market."""
    values = (ENVIRONMENTS / f"{environment}.tfvars").read_text()
    return tuple(
        stack for stack in STACK_ORDER if stack not in CONNECTORS or f'"{stack.removeprefix(CONNECTOR)}:' in values
    )
