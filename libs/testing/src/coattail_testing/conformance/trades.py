"""Cases about single trades and frames."""

from decimal import Context, Decimal

from coattail_common.contracts import Origin, Trade, event_id
from coattail_connector.frames.messages import Reason
from coattail_testing.conformance.exchange import Fact
from coattail_testing.conformance.stage import Stage, expect

_SIDES = ("buy", "sell", "sell", "buy", "sell")
_AMOUNTS = (
    ("61837.63", "0.02"),
    ("0.00001234", "12345678901.12345678"),
    ("98765432.12345679", "0.00000001"),
    ("100", "70"),
    ("0.1", "0.3"),
)
"""Digits that a float drops or prints with an exponent, trailing zeros, whole numbers."""
_EXACT = Context(prec=76)
_REASONS = {
    "truncated_json": Reason.MALFORMED,
    "not_json": Reason.MALFORMED,
    "empty_frame": Reason.MALFORMED,
    "missing_field": Reason.INCOMPLETE,
    "wrong_type": Reason.INVALID,
    "wrong_side": Reason.INVALID,
    "negative_quantity": Reason.AMOUNT,
    "zero_quantity": Reason.AMOUNT,
    "nan_price": Reason.AMOUNT,
    "absurd_timestamp": Reason.TIME,
    "unknown_symbol": Reason.UNKNOWN_SYMBOL,
    "oversize_frame": Reason.OVERSIZED,
}
_BURST = 1_000


async def taker_side(the: Stage) -> None:
    """`side` is what the taker did, in trades of the feed and in fetched trades."""
    await the.started()
    for missing in (False, True):
        for side in _SIDES:
            if missing:
                the.exchange.drop(the.symbol, 1)
            the.exchange.trade(the.symbol, side=side)
        the.exchange.trade(the.symbol)
        await the.all_handed_on()
    for trade, fact in _pairs(the):
        expect(trade.side == fact.side, f"the taker's side of {trade.trade_id} ({trade.origin}) is {fact.side}")
    _some_were_fetched(the, len(_SIDES))


async def exact_decimals(the: Stage) -> None:
    """Amounts are the exchange's own digits, `quote_volume` is their exact product; fetched trades have the same values."""
    await the.started()
    for missing in (False, True):
        for price, quantity in _AMOUNTS:
            if missing:
                the.exchange.drop(the.symbol, 1)
            the.exchange.trade(the.symbol, price=price, quantity=quantity)
        the.exchange.trade(the.symbol)
        await the.all_handed_on()
    for trade, fact in _pairs(the):
        if trade.origin is Origin.STREAM:
            same = (trade.price, trade.quantity) == (fact.price, fact.quantity)
        else:
            same = (Decimal(trade.price), Decimal(trade.quantity)) == (Decimal(fact.price), Decimal(fact.quantity))
        expect(same, f"{trade.price} × {trade.quantity} ({trade.origin}) is not {fact.price} × {fact.quantity}")
        product = _EXACT.multiply(Decimal(fact.price), Decimal(fact.quantity))
        expect(Decimal(trade.quote_volume) == product, f"quote_volume {trade.quote_volume} is not {product:f}")
        plain = not any("e" in text.lower() for text in (trade.price, trade.quantity, trade.quote_volume))
        expect(plain, f"an amount of {trade.trade_id} has an exponent")
        expect(
            trade.timestamp == fact.timestamp, f"{trade.trade_id} happened at {fact.timestamp}, not {trade.timestamp}"
        )
        expect(
            trade.event_id == event_id(the.subject.name, the.symbol, trade.trade_id),
            f"event_id {trade.event_id} is wrong",
        )
    _some_were_fetched(the, len(_AMOUNTS))


async def ping_under_load(the: Stage) -> None:
    """The connector answers pings while trades come as fast as they can."""
    await the.started()
    for _ in range(3):
        the.exchange.trade(the.symbol, _BURST)
        the.awaited = "the answer to a ping"
        await the.exchange.ping()
    await the.all_handed_on()
    expect(the.exchange.attempts == 1, "the connection did not last")


async def duplicate(the: Stage) -> None:
    """The connector forwards a trade once when it comes twice."""
    await the.started()
    the.exchange.duplicate(the.symbol, 3)
    the.exchange.trade(the.symbol, 5)
    await the.all_handed_on()
    expect(the.reporter.tally.repeated == 3, "the repeated trades were not counted")


async def reorder(the: Stage) -> None:
    """The connector puts trades that overtake each other in order, and does not ask the exchange for them."""
    await the.started()
    the.exchange.reorder(the.symbol, 3)
    the.exchange.trade(the.symbol, 8)
    await the.all_handed_on()
    expect(not the.exchange.requests, "it asked for trades that were merely late")


async def corrupt_frames(the: Stage) -> None:
    """The connector counts an unusable frame with its reason, and forwards the good ones."""
    await the.started()
    for kind in the.exchange.corruptions:
        await _broken_by(kind, the)
    the.exchange.trade(the.symbol)
    await the.all_handed_on()


async def _broken_by(kind: str, the: Stage) -> None:
    refused, attempts = the.reporter.tally.refused, the.exchange.attempts
    before, of_its_reason = refused.total(), refused[_REASONS[kind]]
    the.exchange.corrupt(the.symbol, kind)
    the.exchange.trade(the.symbol)
    await the.until(lambda: refused.total() > before, f"a frame broken by {kind} is counted")
    expect(refused[_REASONS[kind]] > of_its_reason, f"{kind} is not {_REASONS[kind]}, but another of {dict(refused)}")
    if kind == "oversize_frame":  # it costs the connection
        await the.until(lambda: the.exchange.attempts > attempts, "a new connection")
        await the.subscribed()


def _pairs(the: Stage) -> list[tuple[Trade, Fact]]:
    return list(zip(the.trades(), the.exchange.facts(the.symbol), strict=True))


def _some_were_fetched(the: Stage, count: int) -> None:
    fetched = sum(trade.origin is Origin.BACKFILL for trade in the.trades())
    expect(fetched == count, f"{fetched} trades say that they were fetched, and {count} were")
