"""What a connector promises. Following another exchange means implementing this; `SocketConnector` is most of it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from coattail_connector.frames.messages import Message
from coattail_runtime.sink import TradeQueue


class BaseConnector(ABC):
    """Follows markets of one exchange and puts their trades on a queue."""

    @abstractmethod
    def connect(self) -> AbstractAsyncContextManager[object]:
        """Prepare a connection. No I/O: it opens when the context is entered, and each call prepares another."""

    @abstractmethod
    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        """What a frame, received at `received_at` (UTC µs), says, in its order.

        Pure, and never raises over a frame's contents: what cannot be used comes back as a `Refusal`.
        """

    @abstractmethod
    def health_check(self) -> bool:
        """Whether a message came in the last 30 seconds. From memory, at once."""

    @abstractmethod
    async def stream(self, queue: TradeQueue) -> None:
        """Put trades on the queue, in order per market, until `shutdown`; reconnect as often as it takes.

        Awaits room on a full queue and so slows the reading of the socket: nothing is dropped. Raises
        `ExchangeRefusedError` when the exchange will never serve what is configured.
        """

    @abstractmethod
    async def shutdown(self) -> None:
        """Stop reading. `stream` then returns, once all that had been read is on the queue."""
