"""What the suite asks of an exchange: to trade, to go wrong, and to say what it saw. The exchange simulator is one."""

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self


class Fact(Protocol):
    """A trade that happened: amounts as the feed prints them, `side` the taker's (`buy`, `sell`), UTC µs."""

    @property
    def trade_id(self) -> int: ...
    @property
    def price(self) -> str: ...
    @property
    def quantity(self) -> str: ...
    @property
    def side(self) -> str: ...
    @property
    def timestamp(self) -> int: ...


class RestRequest(Protocol):
    """A request for past trades: when it came (UTC µs), what it was answered, and the `Retry-After` seconds (0: none)."""

    @property
    def at(self) -> int: ...
    @property
    def status(self) -> int: ...
    @property
    def retry_after(self) -> int: ...


class Exchange(Protocol):
    """An exchange in this process that does what a test says, when it says so; open while its context is."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    refusing: bool
    """Whether new connections are refused."""

    @property
    def ws_url(self) -> str:
        """The address of its feed."""
        ...

    @property
    def rest_url(self) -> str:
        """The address of its REST API."""
        ...

    @property
    def attempts(self) -> int:
        """How many connections were asked for so far."""
        ...

    @property
    def life(self) -> Sequence[str]:
        """`opened` and `closed`, one for each connection that was, in their order."""
        ...

    @property
    def requests(self) -> Sequence[RestRequest]:
        """The requests for past trades so far."""
        ...

    @property
    def corruptions(self) -> Sequence[str]:
        """The ways in which it can break a frame; see `Exchange.corrupt`."""
        ...

    def listeners(self, symbol: str) -> int:
        """How many connections are sent the market's trades."""
        ...

    def facts(self, symbol: str) -> Sequence[Fact]:
        """The market's trades since the beginning, whether they were sent or not."""
        ...

    def trade(self, symbol: str, count: int = 1, *, price: str = ..., quantity: str = ..., side: str = ...) -> None:
        """Let so many trades happen, all alike; `side` is the taker's."""
        ...

    async def ping(self) -> None:
        """Ping every connection, and return when each has answered with the payload."""
        ...

    def drop(self, symbol: str, count: int) -> None:
        """Do not send the next trades. REST has them."""
        ...

    def duplicate(self, symbol: str, count: int) -> None:
        """Send each of the next trades twice."""
        ...

    def reorder(self, symbol: str, count: int) -> None:
        """Send a trade after the one that follows it, so many times."""
        ...

    def corrupt(self, symbol: str, kind: str) -> None:
        """Send a broken copy of the next trade before the good one."""
        ...

    def disconnect(self) -> None:
        """Cut every connection, without a close frame."""
        ...

    def cut_next(self, count: int) -> None:
        """Cut every connection, and so many later ones, each after its first trade."""
        ...

    def stall(self) -> None:
        """Say nothing more on the connections that are open, which stay open."""
        ...

    def announce_end(self, seconds: float) -> None:
        """Announce the end of the connections that are open, and close them that much later."""
        ...

    def delist(self, symbol: str) -> None:
        """Have the market no more, on the feed or in REST; its trades go on unseen."""
        ...

    def relist(self, symbol: str) -> None:
        """Have it again."""
        ...

    def refuse_rest(self, status: int, retry_after: int = 0) -> None:
        """Answer the next request for past trades with an error; several are given in turn.

        400 comes in the exchange's own words for what it will never give; any other status as a proxy says it.
        """
        ...
