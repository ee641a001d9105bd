"""Reports of gaps and stalls: to the log and the metrics, the bus, and the keeper of the cursors."""

from collections.abc import Callable

import msgspec

from coattail_common.contracts import ConnectorStalled, TradesGapDetected, TradesGapFilled
from coattail_connector.gaps.holes import Gap
from coattail_connector.gaps.ledger import Ledger
from coattail_connector.gaps.numbering import Verdict
from coattail_connector.process.reporting import Reporter
from coattail_runtime.bus.sink import EventSink


class GapReports(msgspec.Struct, frozen=True):
    """Reports what continuity decides about an exchange's markets. `now` is UTC µs."""

    exchange: str
    reporter: Reporter
    events: EventSink
    ledger: Ledger
    now: Callable[[], int]

    def verdict(self, verdict: Verdict) -> None:
        """Report a verdict. Lost ids are reported before a market's numbering begins again."""
        tally = self.reporter.tally
        tally.late += verdict.late
        tally.repeated += verdict.repeated
        if verdict.far is not None:
            self.reporter.far_ahead(verdict.symbol, verdict.far)
        for gap in verdict.lost:
            self._lost(gap)
        if verdict.began is not None:
            if verdict.renumbered:
                self.reporter.renumbered(verdict.symbol, verdict.began)
            self.ledger.began(verdict.symbol, verdict.began)
        for gap in verdict.opened:
            self.reporter.gap_opened(gap)
        for gap in verdict.filled:
            self._filled(gap)

    def stalled(self, symbol: str, silence: float) -> None:
        """Report that a market is silent, for `silence` seconds, although it trades."""
        self.reporter.stalled(symbol, silence)
        self.events.tell(
            ConnectorStalled(
                occurred_at=self.now(), exchange=self.exchange, symbol=symbol, silent_seconds=round(silence)
            )
        )

    def _lost(self, gap: Gap) -> None:
        self.reporter.gap(gap)
        self._tell(TradesGapDetected, gap)
        self.ledger.lost(gap.symbol, gap.first, gap.last)

    def _filled(self, gap: Gap) -> None:
        self.reporter.gap_filled(gap)
        self._tell(TradesGapFilled, gap)

    def _tell(self, event: type[TradesGapDetected | TradesGapFilled], gap: Gap) -> None:
        self.events.tell(
            event(
                occurred_at=self.now(),
                exchange=self.exchange,
                symbol=gap.symbol,
                first_trade_id=gap.first,
                last_trade_id=gap.last,
            )
        )
