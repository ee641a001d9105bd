"""Cases about trades that did not come."""

from itertools import pairwise

from coattail_common.contracts import Origin, TradesGapDetected, TradesGapFilled
from coattail_testing.conformance.stage import Stage, expect

_MICROS = 1_000_000


async def gap(the: Stage) -> None:
    """The connector fetches missing trades, forwards them in their place, and reports them."""
    await the.started()
    the.exchange.drop(the.symbol, 5)
    the.exchange.trade(the.symbol, 8)
    await the.all_handed_on()
    missing = the.ids()[3:8]
    fetched = [trade.trade_id for trade in the.trades() if trade.origin is Origin.BACKFILL]
    expect(fetched == missing, f"{fetched} say that they were fetched, not {missing}")
    told = [(one.first_trade_id, one.last_trade_id) for one in the.events.events if isinstance(one, TradesGapFilled)]
    expect(told == [(missing[0], missing[-1])], f"the events reported {told}")


async def quiet_market_gap(the: Stage) -> None:
    """The connector misses the last trades before a market falls quiet. It fetches them although no trade follows."""
    await the.started()
    the.exchange.drop(the.symbol, 2)
    the.exchange.trade(the.symbol, 2)
    await the.all_handed_on()
    await the.subscribed()
    the.exchange.trade(the.symbol)
    await the.all_handed_on()


async def restart(the: Stage) -> None:
    """A process goes on from the cursor of the process before. It forwards the trades after the cursor, and none before it."""
    await the.started()
    cursor = the.ids()[-1]
    the.shut_down()
    await the.ended()
    the.exchange.trade(the.symbol, 20)
    the.start({the.symbol: cursor})
    await the.subscribed()
    the.exchange.trade(the.symbol)
    await the.all_handed_on()


async def backfill_refused(the: Stage) -> None:
    """The connector reports trades that the exchange will never give, with their first and last id. Later trades go on."""
    await the.started()
    the.exchange.refuse_rest(400)
    the.exchange.drop(the.symbol, 4)
    the.exchange.trade(the.symbol, 6)
    ids = [fact.trade_id for fact in the.exchange.facts(the.symbol)]
    missing, kept = ids[3:7], ids[:3] + ids[7:]
    await the.until(lambda: len(the.ids()) >= len(kept), "the trades after the gap")
    expect(the.ids() == kept, f"handed on {the.ids()}, not {kept}")
    told = [one for one in the.events.events if isinstance(one, TradesGapDetected)]
    expect(
        [(one.exchange, one.symbol, one.first_trade_id, one.last_trade_id) for one in told]
        == [(the.subject.name, the.symbol, missing[0], missing[-1])],
        f"the bus heard {told}",
    )
    expect(the.reporter.tally.missing == len(missing), "what is missing was not counted")


async def odd_answers(the: Stage) -> None:
    """An error status alone loses no gap: a proxy or a firewall may have sent it. The connector asks again, and fills the gap."""
    await the.started()
    for status in (404, 451, 401, 407):
        the.exchange.refuse_rest(status)
    the.exchange.drop(the.symbol, 2)
    the.exchange.trade(the.symbol, 4)
    await the.all_handed_on()
    expect(the.reporter.tally.missing == 0, "a gap was given up")


async def rate_limited(the: Stage) -> None:
    """After a 429 and a 418 the connector sends no request until `Retry-After` has passed. Then it fills the gap."""
    await the.started()
    asked = len(the.exchange.requests)
    the.exchange.refuse_rest(429, retry_after=1)
    the.exchange.refuse_rest(418, retry_after=1)
    the.exchange.drop(the.symbol, 2)
    the.exchange.trade(the.symbol, 4)
    await the.all_handed_on()
    requests = list(the.exchange.requests)[asked:]
    expect([one.status for one in requests] == [429, 418, 200], f"its requests were {requests}")
    for one, following in pairwise(requests):
        waited = (following.at - one.at) / _MICROS
        expect(waited >= one.retry_after, f"{waited:.2f} s after a {one.status} it asked again")
