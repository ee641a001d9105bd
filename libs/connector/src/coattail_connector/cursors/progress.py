"""How far a market is settled, when ids are accepted in almost any order. Pure."""

from bisect import bisect_left


class _Market:
    """Everything up to `value` is settled, and so are the ranges `beyond` it, ascending and apart."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.beyond: list[tuple[int, int]] = []

    def settle(self, first: int, last: int) -> None:
        if last <= self.value:
            return
        if first > self.value + 1:
            self._note(first, last)
            return
        self.value = last
        while self.beyond and self.beyond[0][0] <= self.value + 1:
            self.value = max(self.value, self.beyond.pop(0)[1])

    def _note(self, first: int, last: int) -> None:
        start = bisect_left(self.beyond, first - 1, key=lambda part: part[1])
        end = start
        while end < len(self.beyond) and self.beyond[end][0] <= last + 1:
            first, last = min(first, self.beyond[end][0]), max(last, self.beyond[end][1])
            end += 1
        self.beyond[start:end] = [(first, last)]


class Progress:
    """By market, the highest id up to which every one is settled: accepted by the stream, or told as lost."""

    def __init__(self) -> None:
        self._markets: dict[str, _Market] = {}

    def begin(self, symbol: str, trade_id: int) -> None:
        """What is up to `trade_id` is settled, and nothing else of the market."""
        self._markets[symbol] = _Market(trade_id)

    def settle(self, symbol: str, first: int, last: int) -> None:
        """The ids from `first` to `last` are settled. A market that did not begin begins with them."""
        market = self._markets.get(symbol)
        if market is None:
            market = self._markets[symbol] = _Market(first - 1)
        market.settle(first, last)

    def values(self) -> dict[str, int]:
        """How far each market is settled."""
        return {symbol: market.value for symbol, market in self._markets.items()}
