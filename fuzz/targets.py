"""Every target: each feed and each REST API of every venue, the link, and the spool."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from coattail_common import venues
from coattail_common.venues import Venue
from fuzz import link, simulated, spool
from fuzz.contract import RECEIVED
from fuzz.exchanges import feed, past
from fuzz.target import Target


def _now() -> int:
    return RECEIVED


def _feeds(venue: Venue) -> Iterator[Target]:
    said = simulated.of(venue.name, venue.symbols[0])
    for one in venue.feeds:
        normalise, markets = venues.code(one.normalise), venues.code(venue.markets_by_name)
        yield feed(one.name, normalise, markets, said.frames[one.address], tuple(one.recorded))


def _past(venue: Venue) -> Target:
    answers = simulated.inputs(simulated.of(venue.name, venue.symbols[0]))
    return past(f"{venue.name}-rest", partial(venues.code(venue.backfill), now=_now), venue.name, answers)


TARGETS: Final[tuple[Target, ...]] = (
    *(target for venue in venues.installed() for target in _feeds(venue)),
    *(_past(venue) for venue in venues.installed()),
    *(link.to_writer(version) for version in (1, 2)),
    link.to_connector(),
    *(link.sequences(version) for version in (1, 2)),
    spool.files(),
)
