"""Cases about which markets are followed."""

from typing import Final

from coattail_common.connector.conformance.stage import Stage, expect
from coattail_common.connector.messages import ExchangeRefusedError

_NOBODYS: Final = "NOBODYS-COIN"


async def other_markets(the: Stage) -> None:
    """Told of another list, it has a new connection up before the old one goes: markets that stay miss nothing, one that is
    added begins at its cursor, and one that is removed ends.
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
    """Told to follow a market that the exchange does not have, it says so, goes on with the list before, and misses nothing."""
    await the.started()
    refused = False
    try:
        await the.follow(*the.subject.symbols, _NOBODYS)
    except ExchangeRefusedError as error:
        refused = _NOBODYS in str(error)
    await the.until(lambda: refused or the.reporter.tally.lists_refused > 0, f"a refusal that names {_NOBODYS}")
    the.exchange.trade(the.symbol, 3)
    await the.all_handed_on()
    await the.until(lambda: the.exchange.listeners(the.symbol) == 1, "one connection")


async def _moved(the: Stage, *, closed: int) -> None:
    """Wait until so many connections were let go, each after its successor was up, while the market that stays trades."""

    def trading_until_moved() -> bool:
        the.exchange.trade(the.symbol)
        return list(the.exchange.life).count("closed") >= closed

    await the.until(trading_until_moved, "the old connection let go")
    expected = ["opened", *["opened", "closed"] * closed]
    expect(list(the.exchange.life) == expected, f"connections were {list(the.exchange.life)}")
