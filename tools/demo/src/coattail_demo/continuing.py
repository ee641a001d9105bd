"""What a demo on a kept cloud does differently: its trades get the ids that follow those in the tables."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from coattail_demo.errors import ConfigurationError
from coattail_demo.evidence import Kept
from exchange_simulator.errors import UsageError
from exchange_simulator.scenario import MarketPlan, Scenario
from exchange_simulator.scenario_file import load_scenario


def write_following(scenario: Path, kept: Kept, target: Path) -> Path:
    """Write the scenario with each market's first trade id after the last that is kept. Raises `ConfigurationError`."""
    try:
        plan = following(load_scenario(scenario), kept)
    except UsageError as error:
        raise ConfigurationError(str(error)) from error
    target.write_bytes(msgspec.yaml.encode(plan))
    return target


def following(scenario: Scenario, kept: Kept) -> Scenario:
    """The scenario, going on after the kept trades."""
    last = {place: ids[-1].last for place, ids in kept.earlier.items()}
    return msgspec.structs.replace(scenario, markets=tuple(_following(market, last) for market in scenario.markets))


def _following(plan: MarketPlan, last: Mapping[tuple[str, str], int]) -> MarketPlan:
    before = last.get((plan.exchange.value, plan.symbol))
    return plan if before is None else msgspec.structs.replace(plan, first_trade_id=before + 1)
