"""Cases about which markets are followed."""

from typing import Final

from coattail_common.contracts import MarketAvailable, MarketUnavailable
from coattail_testing.conformance.stage import Stage, expect

_NOBODYS: Final = "NOBODYS-COIN"


async def other_markets(the: Stage) -> None:
    """The list changes. The connector opens a new connection before it closes the old one: it misses nothing of the markets
    that stay, starts a new market at its cursor, and ends a removed one.
    """
    staying, other = the.subject.symbols
    the.exchange.trade(other, 5)
    cursor = the.exchange.facts(other)[1].trade_id
    the.start({other: cursor}, (staying,))
    await the.subscribed()
    the.exchange.trade(staying, 3)
    await the.all_handed_on()

    await the.follow(staying, other)
    await _moved(the, closed=1)
    the.exchange.trade(other, 2)
    await the.all_handed_on(other, cursor)
    await the.all_handed_on()

    await the.follow(staying)
    await _moved(the, closed=2)
    brought = the.ids(other)
    the.exchange.trade(other, 3)
    the.exchange.trade(staying, 3)
    await the.all_handed_on()
    expect(the.ids(other) == brought, "trades came of a market that was removed")

    await the.follow(staying, other)
    await _moved(the, closed=3)
    the.exchange.trade(other)
    await the.all_handed_on(other, cursor)
    expect(the.reporter.tally.missing == 0, "trades were given up on the way")


async def unknown_market(the: Stage) -> None:
    """The new list has a market that the exchange does not have. The connector reports it, follows the others, and misses nothing."""
    staying, other = the.subject.symbols
    the.start(symbols=(staying,))
    await the.subscribed()
    the.exchange.trade(staying, 3)
    await the.all_handed_on()
    await the.follow(staying, other, _NOBODYS)
    await the.until(lambda: _told(the, MarketUnavailable, _NOBODYS), f"word that {_NOBODYS} is unavailable")
    await the.until(lambda: the.exchange.listeners(other) == the.exchange.listeners(staying) == 1, "one connection")
    the.exchange.trade(staying, 3)
    await the.all_handed_on()


async def delisted(the: Stage) -> None:
    """A delisted market stops no other, at once and after a reconnect. When it is listed again, the connector follows it
    again and misses nothing.
    """
    staying, other = the.subject.symbols
    await the.started()
    the.exchange.trade(other, 2)
    await the.all_handed_on(other)
    the.exchange.delist(other)
    the.exchange.disconnect()
    await the.until(lambda: _told(the, MarketUnavailable, other), f"word that {other} is unavailable")
    await the.subscribed()
    the.exchange.trade(staying, 3)
    the.exchange.trade(other, 2)
    await the.all_handed_on()
    expect(the.reporter.tally.unavailable == 1, f"{the.reporter.tally.unavailable} markets are counted as unavailable")

    the.exchange.relist(other)
    await the.until(lambda: the.exchange.listeners(other) > 0, f"a subscription to {other}")
    await the.until(lambda: _told(the, MarketAvailable, other), f"word that {other} is available")
    the.exchange.trade(other, 2)
    await the.all_handed_on(other)
    the.exchange.trade(staying, 3)
    await the.all_handed_on()
    expect(the.reporter.tally.missing == 0, "trades were given up on the way")


async def delisted_before(the: Stage) -> None:
    """The list at the start has a market that the exchange does not have. The connector reports it and follows the others."""
    staying, other = the.subject.symbols
    the.exchange.delist(other)
    the.start()
    await the.until(lambda: _told(the, MarketUnavailable, other), f"word that {other} is unavailable")
    await the.subscribed()
    the.exchange.trade(staying, 3)
    await the.all_handed_on()


def _told(the: Stage, kind: type[MarketUnavailable | MarketAvailable], symbol: str) -> bool:
    return [one.symbol for one in the.events.events if isinstance(one, kind)] == [symbol]


async def _moved(the: Stage, *, closed: int) -> None:
    """Wait until so many connections were let go, each after its successor was up, while the market that stays trades."""

    def trading_until_moved() -> bool:
        the.exchange.trade(the.symbol)
        return list(the.exchange.life).count("closed") >= closed

    await the.until(trading_until_moved, "the old connection let go")
    expected = ["opened", *["opened", "closed"] * closed]
    expect(list(the.exchange.life) == expected, f"connections were {list(the.exchange.life)}")
