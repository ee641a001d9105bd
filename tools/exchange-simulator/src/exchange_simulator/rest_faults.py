"""REST that refuses: for a number of requests, or for a time."""

import msgspec

from exchange_simulator.misbehaviour import Misbehaviour, MisbehaviourKind

_RETRY_AFTER_SECONDS = 1


class RestRefusal(msgspec.Struct, frozen=True):
    """How a request is refused: the HTTP status, and where it is a rate limit when to come back."""

    kind: MisbehaviourKind
    status: int
    retry_after: int | None


class RestFaults:
    """The refusals one venue's REST has been ordered to give."""

    def __init__(self) -> None:
        self._orders: list[_Refusing] = []

    def add(self, order: Misbehaviour, now_us: int) -> None:
        """Begin refusing: ``seconds`` long, or ``count`` requests, or one."""
        until = None if order.seconds is None else now_us + round(order.seconds * 1e6)
        count = order.count if until is not None or order.count is not None else 1
        self._orders.append(_Refusing(order.kind, until, count))

    def next(self, now_us: int) -> RestRefusal | None:
        """How to refuse the request that just came, or ``None`` to answer it."""
        self._orders = [order for order in self._orders if order.applies(now_us)]
        if not self._orders:
            return None
        order = self._orders[0]
        order.given += 1
        if order.kind is MisbehaviourKind.RATE_LIMIT:
            return RestRefusal(order.kind, 429, order.retry_after(now_us))
        # A failing backend answers in more than one way; clients must bear both.
        return RestRefusal(order.kind, 503 if order.given % 2 else 500, None)


class _Refusing:
    def __init__(self, kind: MisbehaviourKind, until_us: int | None, count: int | None) -> None:
        self.kind = kind
        self.given = 0
        self._until_us = until_us
        self._count = count

    def applies(self, now_us: int) -> bool:
        in_time = self._until_us is None or now_us < self._until_us
        return in_time and (self._count is None or self.given < self._count)

    def retry_after(self, now_us: int) -> int:
        if self._until_us is None:
            return _RETRY_AFTER_SECONDS
        return max(_RETRY_AFTER_SECONDS, -(-(self._until_us - now_us) // 1_000_000))
