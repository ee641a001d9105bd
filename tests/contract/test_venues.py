"""What a venue says of an exchange is what its package, its stack and the simulator have."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import jsonschema
import pytest

from coattail_common import venues
from coattail_common.contracts.json_schema import FOLDER
from coattail_common.lines import TradeLine
from coattail_common.venues import Feed, Venue
from coattail_connector import ConnectorSettings
from exchange_simulator.model import Venue as Simulated
from exchange_simulator.sampling import samples
from exchange_simulator.venues import simulated

ROOT: Final = Path(__file__).parents[2]
NOW: Final = 1_800_000_000_000_000
FEEDS: Final = [(venue, feed) for venue in venues.installed() for feed in venue.feeds]


def every() -> Iterable[Venue]:
    return venues.installed()


def test_every_connector_declares_a_venue() -> None:
    folders = {path.parent.name for path in ROOT.glob("services/ingest-*/pyproject.toml")}

    assert {venue.service for venue in every()} == folders


def test_health_ports_differ() -> None:
    ports = [venue.health_port for venue in every()]

    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize("venue", every(), ids=lambda venue: venue.name)
def test_settings_are_those_of_the_venue(venue: Venue) -> None:
    settings: type[ConnectorSettings] = venues.code(venue.settings)
    defaults = {name: field.default for name, field in settings.model_fields.items()}

    assert settings.exchange == venue.name
    assert settings.model_config.get("env_prefix") == venue.prefix
    assert defaults["health_port"] == venue.health_port
    assert (str(defaults["ws_url"]).rstrip("/"), str(defaults["rest_url"]).rstrip("/")) == (
        venue.ws_url,
        venue.rest_url,
    )


@pytest.mark.parametrize("venue", every(), ids=lambda venue: venue.name)
def test_code_is_where_the_venue_says(venue: Venue) -> None:
    markets = venues.code(venue.markets_by_name)(venue.symbols)

    assert [market.symbol for market in markets.values()] == list(venue.symbols)
    assert all(callable(venues.code(feed.normalise)) for feed in venue.feeds)
    assert callable(venues.code(venue.backfill))


@pytest.mark.parametrize("venue", every(), ids=lambda venue: venue.name)
def test_the_simulator_has_the_venue_s_feeds(venue: Venue) -> None:
    paths = simulated(Simulated(venue.name)).paths

    assert {"ws", "rest", *(feed.address for feed in venue.feeds)} <= paths.keys()


@pytest.mark.parametrize("venue", every(), ids=lambda venue: venue.name)
def test_the_stack_is_the_venue_s(venue: Venue) -> None:
    stack = (ROOT / "infra/stacks" / venue.service / "main.tf").read_text()
    said = {name: re.search(rf'^ *{name} += "?([^"\n]+)"?$', stack, re.MULTILINE) for name in ("title", "health_port")}

    # The stack takes the exchange's name from that of its folder.
    assert venue.service == f"ingest-{venue.name}"
    assert {name: found and found[1] for name, found in said.items()} == {
        "title": venue.title,
        "health_port": str(venue.health_port),
    }


@pytest.mark.parametrize(("venue", "feed"), FEEDS, ids=lambda one: one.name)
def test_trades_of_each_feed_are_of_the_contract(venue: Venue, feed: Feed) -> None:
    symbol = venue.symbols[0]
    normalise, markets = venues.code(feed.normalise), venues.code(venue.markets_by_name)([symbol])
    frames = samples(Simulated(venue.name), symbol, 1000).frames[feed.address]
    lines = [one for frame in frames for one in normalise(markets, frame, NOW) if isinstance(one, TradeLine)]
    check = jsonschema.Draft202012Validator(json.loads((FOLDER / "trade/v1.json").read_bytes()))
    trades = [json.loads(one.line) for one in lines]

    assert {(trade["exchange"], trade["symbol"]) for trade in trades} == {(venue.name, symbol)}
    for trade in trades:
        check.validate(trade)
