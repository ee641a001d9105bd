"""How a connector over a WebSocket is set up."""

import time
from collections.abc import Callable
from typing import TypedDict

import msgspec
from tenacity.wait import wait_base

from coattail_connector.gaps.backfill import Backfill
from coattail_connector.gaps.ledger import Ledger, NoLedger
from coattail_connector.gaps.numbering import Filling
from coattail_connector.gaps.pace import Pacing
from coattail_runtime.bus.sink import EventSink, NoEvents

type Clock = Callable[[], int]
"""The time: UTC µs."""


def utc_micros() -> int:
    """The machine's clock."""
    return time.time_ns() // 1000


class SocketOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a connection is kept. Seconds and bytes.

    The other side is pinged when nothing came for `ping_interval`, and then has `ping_timeout` to answer, which is no longer.
    `healthy_after` is how long a session must last for the backoff to begin again; `overlap` how long the old connection
    is still read beside its successor when the exchange announced its end. A connection of the age `life` is followed by
    another, with the first frame from then on; `None` where the exchange lets it live. The exchange is asked for a market that it
    does not serve after `ask_again`, then after twice as long, at most `ask_again_most`.
    """

    max_size: int = 2**22
    open_timeout: float = 10
    close_timeout: float = 2
    ping_interval: float = 20
    ping_timeout: float = 20
    healthy_after: float = 60
    overlap: float = 1
    life: float | None = None
    ask_again: float = 60
    ask_again_most: float = 900


class GapOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a connector deals with missing trades of an exchange: `backfill` fetches them as `filling` says, `events` and `ledger` hear
    of them. Without a `backfill` a gap is only reported.
    """

    exchange: str
    backfill: Backfill | None = None
    filling: Filling = Filling()
    pacing: Pacing = Pacing()
    events: EventSink = NoEvents()
    ledger: Ledger = NoLedger()


class SocketParts(TypedDict, total=False):
    """What a `SocketConnector` takes besides its markets, its address and its reporter."""

    options: SocketOptions | None
    gaps: GapOptions | None
    now: Clock
    wait: wait_base
