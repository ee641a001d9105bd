from collections.abc import Callable

class LineEncoder[Made, Market, Origin, Side, Otherwise]:
    """Makes the trades of one market, each with its line.

    A line is eight parts with seven fields between them: the trade's id, the id again, price, quantity, quote volume, timestamp,
    time of receipt. `sell` and `buy` are a side and the parts of its lines; times are UTC µs, from `earliest` on and before `latest`.

    Raises `ValueError` when the parts are not eight, or together longer than 768 bytes.
    """

    def __init__(
        self,
        make: Callable[[Market, int, int, int, Origin, bytes], Made],
        market: Market,
        origin: Origin,
        *,
        sell: tuple[Side, tuple[bytes, ...]],
        buy: tuple[Side, tuple[bytes, ...]],
        earliest: int,
        latest: int,
        otherwise: Callable[[int, str, str, Side, int, int], Otherwise],
    ) -> None: ...
    def trade(
        self, trade_id: int, price: str, quantity: str, side: Side, timestamp: int, received_at: int
    ) -> Made | Otherwise:
        """`make(market, trade_id, timestamp, received_at, origin, line)`, or what `otherwise` makes of the same six.

        It is asked for what is not usual: an amount of more than 18 digits, of other characters, or zero; a quote volume of more
        than 20 digits before the point or 18 after it; a number that is negative or longer than 63 bits; a time out of bounds;
        another side; any other type.
        """

class TimeReader:
    """Reads the times that an exchange prints, as UTC µs since the epoch."""

    def __init__(self, otherwise: Callable[[str], int]) -> None: ...
    def micros(self, text: str) -> int:
        """The time of `2026-01-05T23:59:59.999999999Z`, cut off at the microsecond, or what `otherwise` makes of the text.

        It is asked for what is not usual: another zone than `Z`, small letters, a day or an hour that does not exist, any other type.
        """
