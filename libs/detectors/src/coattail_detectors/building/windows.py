"""Tumbling windows over bars: open until the watermark has passed them, then closed for good, the quiet ones too."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec

from coattail_common.contracts import MarketTrades
from coattail_common.ids import Market
from coattail_detectors.kernel.exact import total
from coattail_detectors.kernel.observed import Bar


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What a market traded from `start` until before `end` (UTC, µs). `volume` in base units, `amount` in quote units.

    The ids are those of the first and the last of its `trades`; None when there were none.
    """

    market: Market
    start: int
    end: int
    trades: int = 0
    volume: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    first_trade_id: int | None = None
    last_trade_id: int | None = None

    def trades_after(self, last_trade_id: int) -> MarketTrades:
        """Its trades as the contract names them; when there are none, the place after `last_trade_id`, where they would be."""
        return MarketTrades(
            exchange=self.market.exchange,
            symbol=self.market.symbol,
            first_trade_id=last_trade_id + 1 if self.first_trade_id is None else self.first_trade_id,
            last_trade_id=last_trade_id if self.last_trade_id is None else self.last_trade_id,
            trade_count=self.trades,
        )

    def with_bar(self, bar: Bar) -> "Window":
        """The window with the bar's trades."""
        first, last = self.first_trade_id, self.last_trade_id
        return msgspec.structs.replace(
            self,
            trades=self.trades + bar.trades,
            volume=total((self.volume, bar.volume)),
            amount=total((self.amount, bar.amount)),
            first_trade_id=bar.first_trade_id if first is None else min(first, bar.first_trade_id),
            last_trade_id=bar.last_trade_id if last is None else max(last, bar.last_trade_id),
        )


class OpenMarket(msgspec.Struct):
    """A market's open windows by start. The next to close is that of `next_start`; the last `quiet` closed ones had no trade.

    Until a window has closed (`began`), an earlier trade makes the market begin earlier.
    """

    market: Market
    next_start: int
    began: bool = False
    quiet: int = 0
    windows: dict[int, Window] = {}


class Windows:
    """The windows of all markets, `size` µs each, aligned to the epoch. A market quiet for `forget_after` of them is forgotten.

    Trades of a window that is closed are too late: they are counted (`late`) and change nothing. A window that may lack
    trades (`missed`) is never closed: its trades change nothing.
    """

    def __init__(self, size: int, forget_after: int) -> None:
        self.size = size
        self.late = 0
        self._forget_after = forget_after
        self._open: dict[Market, OpenMarket] = {}
        self._missed: dict[str, int] = {}

    @property
    def markets(self) -> frozenset[Market]:
        """Those that are not forgotten."""
        return frozenset(self._open)

    def add(self, bars: Iterable[Bar]) -> None:
        """Put bars, none wider than a window, into their windows."""
        for bar in bars:
            start = bar.start - bar.start % self.size
            if start <= self._missed.get(bar.market.exchange, -1):
                continue
            known = self._open.get(bar.market)
            if known is None:
                known = self._open[bar.market] = OpenMarket(bar.market, start, windows={})
            if start < known.next_start:
                if known.began:
                    self.late += bar.trades
                    continue
                known.next_start = start
            window = known.windows.get(start) or Window(market=bar.market, start=start, end=start + self.size)
            known.windows[start] = window.with_bar(bar)

    def close(self, watermarks: Mapping[str, int]) -> Iterator[Window]:
        """Close what ends before its exchange's watermark, by start and market, the quiet windows in between included."""
        due = [
            window
            for market in sorted(self._open)
            if (mark := watermarks.get(market.exchange)) is not None
            for window in self._due(self._open[market], mark)
        ]
        return iter(sorted(due, key=lambda window: (window.start, window.market)))

    def miss(self, until: Mapping[str, int]) -> None:
        """Note that trades up to these event times (exchange → UTC, µs) are not in the bars: begin with the windows after them."""
        self._missed = {
            **self._missed,
            **{name: max(time, self._missed.get(name, time)) for name, time in until.items()},
        }
        self._open = {market: one for market, one in self._open.items() if market.exchange not in until}

    def missed(self) -> dict[str, int]:
        """Return the event times up to which trades are missing, by exchange (UTC, µs)."""
        return dict(self._missed)

    def state(self) -> tuple[OpenMarket, ...]:
        """What `restore` goes on from."""
        return tuple(self._open[market] for market in sorted(self._open))

    def restore(self, state: Iterable[OpenMarket], missed: Mapping[str, int] | None = None) -> None:
        """Go on from `state` and `missed`. Raises `ValueError` for windows of another length, and changes nothing then."""
        windows = {one.market: one for one in state}
        if any(window.end - window.start != self.size for one in windows.values() for window in one.windows.values()):
            message = f"its windows are not {self.size / 1e6:g} s long"
            raise ValueError(message)
        self._open, self._missed = windows, dict(missed or {})

    def _due(self, known: OpenMarket, mark: int) -> Iterator[Window]:
        while known.next_start + self.size <= mark:
            start = known.next_start
            window = known.windows.pop(start, None)
            known.quiet = 0 if window else known.quiet + 1
            if known.quiet <= self._forget_after:
                known.next_start, known.began = start + self.size, True
                yield window or Window(market=known.market, start=start, end=start + self.size)
            elif known.windows:  # it begins again with the next that it has
                known.next_start, known.began, known.quiet = min(known.windows), False, 0
            else:
                del self._open[known.market]
                return
