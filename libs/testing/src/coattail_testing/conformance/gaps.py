"""Cases about trades that did not come."""

from itertools import pairwise

from coattail_common.contracts import Origin, TradesGapDetected, TradesGapFilled
from coattail_testing.conformance.stage import Stage, expect

_MICROS = 1_000_000


async def gap(the: Stage) -> None:
    """Trades that did not come are fetched, handed on in their place, and reported."""
    await the.started()
    the.exchange.drop(the.symbol, 5)
    the.exchange.trade(the.symbol, 8)
    await the.all_handed_on()
    missing = the.ids()[3:8]
    fetched = [trade.trade_id for trade in the.trades() if trade.origin is Origin.BACKFILL]
    expect(fetched == missing, f"{fetched} say that they were fetched, not {missing}")
    told = [(one.first_trade_id, one.last_trade_id) for one in the.events.events if isinstance(one, TradesGapFilled)]
    expect(told == [(missing[0], missing[-1])], f"the bus heard of {told}")


async def quiet_market_gap(the: Stage) -> None:
    """The last trades before a market falls quiet are missed: they come all the same, with no trade after them."""
    await the.started()
    the.exchange.drop(the.symbol, 2)
    the.exchange.trade(the.symbol, 2)
    await the.all_handed_on()
    await the.subscribed()
    the.exchange.trade(the.symbol)
    await the.all_handed_on()


async def restart(the: Stage) -> None:
    """A process goes on from its predecessor's cursor: what was traded between them comes, and nothing before."""
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
    """Trades that the exchange will never give are reported with their first and last id; later ones go on."""
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
    """A status alone loses no gap: proxies, firewalls and bad moments say these. It is asked again, and filled."""
    await the.started()
    for status in (404, 451, 401, 407):
        the.exchange.refuse_rest(status)
    the.exchange.drop(the.symbol, 2)
    the.exchange.trade(the.symbol, 4)
    await the.all_handed_on()
    expect(the.reporter.tally.missing == 0, "a gap was given up")


async def rate_limited(the: Stage) -> None:
    """After a 429 and a 418 nothing is asked before `Retry-After` has passed; the gap is filled then."""
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
