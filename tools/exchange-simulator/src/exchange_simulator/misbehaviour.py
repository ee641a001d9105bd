"""What the simulator can be told to do wrong: the order, as scenarios and the control endpoint write it."""

from enum import StrEnum

import msgspec

from exchange_simulator.model import Venue


class MisbehaviourKind(StrEnum):
    """A way in which real exchanges, and the networks before them, fail their clients."""

    DISCONNECT = "disconnect"
    STALL = "stall"
    DROP = "drop"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    CORRUPT = "corrupt"
    REFUSE_REST = "refuse_rest"
    RATE_LIMIT = "rate_limit"
    SERVER_SHUTDOWN = "server_shutdown"
    DELIST = "delist"
    RELIST = "relist"


class Corruption(StrEnum):
    """How a trade frame can be broken; each is one reason a parser must be able to name."""

    TRUNCATED_JSON = "truncated_json"
    NOT_JSON = "not_json"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    NEGATIVE_QUANTITY = "negative_quantity"
    ZERO_QUANTITY = "zero_quantity"
    NAN_PRICE = "nan_price"
    ABSURD_TIMESTAMP = "absurd_timestamp"
    UNKNOWN_SYMBOL = "unknown_symbol"
    WRONG_SIDE = "wrong_side"
    OVERSIZE_FRAME = "oversize_frame"
    EMPTY_FRAME = "empty_frame"


class Misbehaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One order to misbehave. Frames are altered only while somebody listens, so that a count is never spent on nobody.

    Attributes:
        kind: What to do.
        exchange: At which venue.
        symbol: In which market (``BASE-QUOTE``); absent means all of the venue's.
        count: ``drop``, ``duplicate``, ``reorder``, ``corrupt``: how many trades it befalls. ``refuse_rest``,
            ``rate_limit``: how many requests. ``disconnect``: how many connections are cut, those open now at once and
            then each new one after its first trade; absent means those open now.
        seconds: ``stall``: how long the connections open now stay silent (absent: for good; a new connection is not
            affected). ``refuse_rest``, ``rate_limit``: for how long. ``server_shutdown``: from the announcement to the
            close (10 when absent). ``disconnect``: for how long new connections are refused too.
            ``delist`` and ``relist`` take a market out of the exchange, and put it back: its trades happen all the same, and
            go on from there.
        corruption: ``corrupt``: which kind; absent means all kinds in turn.
        replace: ``corrupt``: send the broken frame instead of the good one, and not beside it.
    """

    kind: MisbehaviourKind
    exchange: Venue
    symbol: str | None = None
    count: int | None = None
    seconds: float | None = None
    corruption: Corruption | None = None
    replace: bool = False

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ValueError(f"count is {self.count}, expected 1 or more")
        if self.seconds is not None and self.seconds <= 0:
            raise ValueError(f"seconds is {self.seconds}, expected more than 0")
        if self.kind in (MisbehaviourKind.DELIST, MisbehaviourKind.RELIST) and self.symbol is None:
            raise ValueError(f"{self.kind} needs a symbol")
        if self.kind is not MisbehaviourKind.CORRUPT and (self.corruption is not None or self.replace):
            raise ValueError(f"corruption and replace belong to kind corrupt, not to {self.kind}")


class PlannedMisbehaviour(Misbehaviour, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A misbehaviour with its time: ``at`` seconds after emission began."""

    at: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.at < 0:
            raise ValueError(f"at is {self.at}, expected seconds from the start (0 or more)")
