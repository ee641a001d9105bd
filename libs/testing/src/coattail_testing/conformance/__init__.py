"""The rules that every connector keeps, as cases that are played against the exchange simulator.

A connector's tests describe it as a `Subject` and run each of `CASES` that applies. docs/adding-an-exchange.md has the list.
"""

from typing import Final

from coattail_testing.conformance import connections, gaps, markets, trades
from coattail_testing.conformance.case import Case, NonConformanceError
from coattail_testing.conformance.exchange import Exchange
from coattail_testing.conformance.stage import Setup, Stage, Subject

CASES: Final = (
    Case(id="CONN-01", title="subscribes in time", play=connections.subscribe, seconds=5),
    Case(id="CONN-02", title="tells the taker's side", play=trades.taker_side),
    Case(id="CONN-03", title="keeps exact decimals", play=trades.exact_decimals),
    Case(id="CONN-04", title="answers pings under load", play=trades.ping_under_load),
    Case(id="CONN-05", title="fills a gap in order", play=gaps.gap),
    Case(id="CONN-06", title="fills a gap in a quiet market", play=gaps.quiet_market_gap, quick_to_suspect=True),
    Case(id="CONN-07", title="sees and ends a silent stall", play=connections.stall, quick_to_suspect=True),
    Case(id="CONN-08", title="reconnects", play=connections.reconnect),
    Case(id="CONN-09", title="makes no reconnect storm", play=connections.storm, seconds=20),
    Case(id="CONN-10", title="forwards a duplicate once", play=trades.duplicate),
    Case(id="CONN-11", title="puts reordered trades in order", play=trades.reorder),
    Case(id="CONN-12", title="refuses a corrupt frame with its reason", play=trades.corrupt_frames),
    Case(id="CONN-13", title="rolls over", play=connections.roll_over, needs_announcement=True),
    Case(id="CONN-14", title="restarts from a cursor", play=gaps.restart),
    Case(id="CONN-15", title="reports what it cannot fill", play=gaps.backfill_refused),
    Case(id="CONN-16", title="respects a rate limit", play=gaps.rate_limited),
    Case(
        id="CONN-17",
        title="forwards all it has read when it ends in a burst",
        play=connections.shutdown_in_a_burst,
        heartbeat=60,
        queue_size=10,
    ),
    Case(id="CONN-18", title="does not let a connection grow too old", play=connections.longest_life, life=0.3),
    Case(id="CONN-19", title="follows other markets without a restart", play=markets.other_markets),
    Case(id="CONN-20", title="follows the others when the exchange does not have one", play=markets.unknown_market),
    Case(id="CONN-21", title="loses no gap to an odd answer", play=gaps.odd_answers),
    Case(
        id="CONN-22",
        title="goes on without a market that is delisted, until it is back",
        play=markets.delisted,
        quick_to_suspect=True,
    ),
    Case(
        id="CONN-23",
        title="starts without a market that is delisted",
        play=markets.delisted_before,
        quick_to_suspect=True,
    ),
)
"""Every case, by its id."""

__all__ = ["CASES", "Case", "Exchange", "NonConformanceError", "Setup", "Stage", "Subject"]
