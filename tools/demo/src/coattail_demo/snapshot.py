"""How everything stands at one moment: what the views show."""

import msgspec

from coattail_demo.evidence import RaisedAlert


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One process. `rss_mb` is that of all it has started; `detail` is for people."""

    name: str
    pid: int | None
    ready: bool
    rss_mb: float
    restarts: int
    detail: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds` since the demo began; `rate` in trades a second now; `stored` rows of `raw_trades`.

    `sent` is None where nobody counts it, on the real exchanges.
    """

    phase: str
    seconds: float
    sent: int | None
    rate: float
    stored: int
    parts: tuple[Part, ...]
    alerts: tuple[RaisedAlert, ...]
    events: tuple[tuple[str, int], ...]

    @property
    def waiting(self) -> int:
        """Trades that were sent and are not in the table yet."""
        return max(0, self.sent - self.stored) if self.sent is not None else 0
