"""Cases about connections: how they begin, fail and end."""

from collections.abc import Sequence

from coattail_common.contracts import ConnectorStalled, Origin
from coattail_testing.conformance.stage import Stage, expect

_REFUSED = 8
_CUT = 4
_BURST = 2_000


async def subscribe(the: Stage) -> None:
    """Within five seconds the exchange sends every configured market, over one connection."""
    the.start()
    await the.until(
        lambda: all(the.exchange.listeners(symbol) for symbol in the.subject.symbols), "a subscription to every market"
    )
    expect(the.exchange.attempts == 1, f"it took {the.exchange.attempts} connections")


async def stall(the: Stage) -> None:
    """The connector notices a connection that stays open without frames, reports it, ends it, and fetches the missed trades."""
    await the.started()
    the.exchange.stall()
    the.exchange.trade(the.symbol, 5)
    await the.all_handed_on()
    await the.until(lambda: "closed" in the.exchange.life, "the end of the silent connection")
    await the.subscribed()
    told = [one for one in the.events.events if isinstance(one, ConnectorStalled) and one.symbol == the.symbol]
    expect(bool(told), "no event reported the stall")
    the.exchange.trade(the.symbol)
    await the.all_handed_on()
    expect(the.trades()[-1].origin is Origin.STREAM, "the new connection brings nothing")


async def reconnect(the: Stage) -> None:
    """The connector opens a cut connection again, and forwards the trades of the time between in order."""
    await the.started()
    the.exchange.disconnect()
    the.exchange.trade(the.symbol, 5)
    await the.until(lambda: the.exchange.attempts > 1, "another connection")
    await the.subscribed()
    the.exchange.trade(the.symbol, 2)
    await the.all_handed_on()


async def storm(the: Stage) -> None:
    """The exchange refuses connections, and cuts each after its first trade. The connector waits before each attempt, longer
    each time, with full jitter.
    """
    await the.started()
    the.exchange.refusing = True
    the.exchange.disconnect()
    await the.until(lambda: the.exchange.attempts > _REFUSED, f"{_REFUSED} attempts")
    the.exchange.refusing = False
    opened = list(the.exchange.life).count("opened")
    the.exchange.cut_next(_CUT)

    def trading_until_it_lasts() -> bool:
        if the.exchange.listeners(the.symbol):
            the.exchange.trade(the.symbol)
        return list(the.exchange.life).count("opened") > opened + _CUT and the.exchange.listeners(the.symbol) > 0

    await the.until(trading_until_it_lasts, f"a connection after {_CUT} that were cut")
    await the.all_handed_on()
    again = the.exchange.attempts - 1
    waits = the.wait.taken
    expect(len(waits) == again, f"{again} attempts were made again, after {len(waits)} waits")
    expect(
        [number for number, _ in waits] == [*range(1, again + 1)], f"the backoff began again without reason: {waits}"
    )
    longest = _most_within([seconds for _, seconds in waits], the.subject.attempts_seconds)
    expect(longest <= the.subject.attempts, f"{longest} attempts within {the.subject.attempts_seconds:g} s")


async def roll_over(the: Stage) -> None:
    """The exchange announces a connection's end. The connector opens the new connection before the old one ends, and misses nothing."""
    await the.started()
    the.exchange.announce_end(5)
    await _moved(the)


async def longest_life(the: Stage) -> None:
    """The connector opens a new connection before the old one reaches the age at which the exchange ends it, and misses nothing."""
    await the.started()
    await _moved(the)


async def _moved(the: Stage) -> None:
    both = False

    def trading_until_moved() -> bool:
        nonlocal both
        the.exchange.trade(the.symbol)
        both = both or the.exchange.listeners(the.symbol) > 1
        return "closed" in the.exchange.life

    await the.until(trading_until_moved, "the old connection let go")
    life = list(the.exchange.life)[:3]
    expect(both and life == ["opened", "opened", "closed"], f"connections were {the.exchange.life}")
    await the.all_handed_on()
    expect(not the.reporter.tally.opened, "trades were missed on the way")


async def shutdown_in_a_burst(the: Stage) -> None:
    """The connector is stopped while many trades come and the sink is slow. It forwards every trade that it has read."""
    await the.started()
    the.sink.taking.clear()
    tally = the.reporter.tally
    frames, trades = tally.received, len(the.ids())
    the.exchange.trade(the.symbol, _BURST)
    await the.until(lambda: tally.received > frames + 5, "a burst under way")
    stopping = the.shut_down()
    the.sink.taking.set()
    await the.ended()
    await stopping
    read, handed = tally.received - frames, len(the.ids()) - trades
    expect(read == handed, f"{read} trades were read and {handed} handed on")
    happened = [fact.trade_id for fact in the.exchange.facts(the.symbol)]
    expect(the.ids() == happened[: len(the.ids())], "what was handed on has a hole")


def _most_within(waits: Sequence[float], seconds: float) -> int:
    """The most attempts in any stretch of so many seconds, if each came after its wait and failed at once."""
    times = [sum(waits[: number + 1]) for number in range(len(waits))]
    return max((sum(start <= time < start + seconds for time in times) for start in times), default=0)
