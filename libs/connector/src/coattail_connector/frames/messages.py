"""What a frame of an exchange comes to, once it is read."""

from enum import StrEnum

import msgspec

from coattail_common.lines import TradeLine


class Reason(StrEnum):
    """Why a frame is not a trade that can be used."""

    MALFORMED = "malformed"
    """Not JSON, or not UTF-8."""
    INCOMPLETE = "incomplete"
    """A field is missing."""
    INVALID = "invalid"
    """A field has a type or a value that it cannot have."""
    AMOUNT = "amount"
    """A price, a quantity or their product is not positive, not plain digits, or too long."""
    TIME = "time"
    """A time at which no exchange existed."""
    UNKNOWN_SYMBOL = "unknown_symbol"
    """A market that was not asked for."""
    UNEXPECTED = "unexpected"
    """A kind of message that was not asked for."""
    OVERSIZED = "oversized"
    """Longer than the connector's limit; the connection was closed over it."""


class Refusal(msgspec.Struct, frozen=True):
    """A frame that was not used. `detail` says what was wrong and where."""

    reason: Reason
    detail: str


class Cursor(msgspec.Struct, frozen=True):
    """The exchange says that `trade_id` is the market's latest trade. The trade itself is not news."""

    symbol: str
    trade_id: int


class ConnectionEnd(msgspec.Struct, frozen=True):
    """The exchange will close this connection soon and wants its clients to move to a new one."""


class ExchangeError(msgspec.Struct, frozen=True):
    """The exchange says that something is wrong, in its own words."""

    text: str


class Alias(msgspec.Struct, frozen=True):
    """The exchange serves the market `symbol`, which is followed, under the name of another one, `served_as`."""

    symbol: str
    served_as: str


type Message = TradeLine | Cursor | Refusal | ConnectionEnd | ExchangeError | Alias
"""A frame's contents. Answers that need no reaction, such as the acknowledgement of a subscription, come to no message.
"""


class ExchangeRefusedError(Exception):
    """The exchange will not serve what is configured, and asking again will not help. The text says what to change."""


class SessionRefusedError(Exception):
    """The exchange turned this session down; a later one may be let in, not before `retry_after` seconds.

    `status` is HTTP's where the handshake was turned down, else 0.
    """

    def __init__(self, text: str, *, status: int = 0, retry_after: float = 0) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after = retry_after
