"""Which listed markets the exchange does not serve now, and when it is asked for them again. Pure; times are seconds."""

from collections.abc import Collection, Iterable

import msgspec


class Absence(msgspec.Struct):
    """A market that is not served: when it is asked for, how long was waited, and until when it is tried again, if it is."""

    ask_at: float
    delay: float
    tried_until: float | None = None


class Availability:
    """The markets that are not served. Each is asked for after `first` seconds, then after twice as long, at most `longest`.

    One that the exchange has again is tried: it is available when it was not refused for `first` seconds.
    """

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self._absences: dict[str, Absence] = {}

    @property
    def unavailable(self) -> tuple[str, ...]:
        """The symbols that are not to be asked for on a connection."""
        return tuple(symbol for symbol, absence in self._absences.items() if absence.tried_until is None)

    def lose(self, symbol: str, now: float) -> bool:
        """The exchange does not serve it. Returns whether that is news: what is refused while it is tried is none."""
        if symbol not in self._absences:
            self._absences[symbol] = Absence(now + self._first, self._first)
            return True
        self.put_off([symbol], now)
        return False

    def due(self, now: float) -> tuple[str, ...]:
        """Those that the exchange is to be asked for now."""
        return tuple(symbol for symbol in self.unavailable if self._absences[symbol].ask_at <= now)

    def put_off(self, symbols: Iterable[str], now: float) -> None:
        """The exchange does not serve them still, or did not say: ask later."""
        for symbol in symbols:
            absence = self._absences[symbol]
            absence.delay = min(2 * absence.delay, self._longest)
            absence.ask_at, absence.tried_until = now + absence.delay, None

    def attempt(self, symbols: Iterable[str], now: float) -> None:
        """The exchange has them again: they are asked for on a connection from now on."""
        for symbol in symbols:
            self._absences[symbol].tried_until = now + self._first

    def returned(self, now: float) -> tuple[str, ...]:
        """Those that were tried for long enough: they are available, and known here no more."""
        returned = tuple(
            symbol
            for symbol, absence in self._absences.items()
            if absence.tried_until is not None and absence.tried_until <= now
        )
        for symbol in returned:
            del self._absences[symbol]
        return returned

    def keep(self, symbols: Collection[str]) -> None:
        """Forget all but these: the others are not followed any more."""
        self._absences = {symbol: absence for symbol, absence in self._absences.items() if symbol in symbols}
