"""What a connector tells: log lines for what changes state, and metrics (CloudWatch EMF) for the rest."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from aws_lambda_powertools import Logger, Metrics, single_metric

from coattail_connector.frames.messages import Reason, Refusal
from coattail_connector.gaps.holes import Gap
from coattail_connector.process.tally import Tally
from coattail_runtime.telemetry import NAMESPACE, MetricUnit

LOGGED_REFUSALS: Final = 5
"""Refused frames that are logged, of each reason, between two publications; the others are counted only."""
_FIRST: Final = 200


class Reporter:
    """A connector's voice. It owns the `tally` that the metrics are made of."""

    def __init__(self, service: str, log: Logger, metrics: Metrics) -> None:
        self.service = service
        self.log = log
        self.tally = Tally()
        self._metrics = metrics
        self._logged: Counter[Reason] = Counter()
        self._published: Counter[str] = Counter()

    def refused(self, refusal: Refusal, frame: bytes | str) -> None:
        """Count a frame that was not used, and log it with its first bytes unless that reason was logged often just
        now.
        """
        self.tally.refused[refusal.reason] += 1
        self._logged[refusal.reason] += 1
        if self._logged[refusal.reason] <= LOGGED_REFUSALS:
            first = frame[:_FIRST]
            shown = first.decode(errors="backslashreplace") if isinstance(first, bytes) else first
            self.log.warning(
                "frame refused",
                reason=refusal.reason,
                detail=refusal.detail[:_FIRST],
                frame=shown,
                frame_length=len(frame),
            )

    def gap_opened(self, gap: Gap) -> None:
        """Trades did not come, and will be fetched."""
        self.tally.opened += gap.count
        self.log.warning(
            "trades did not come; fetching them",
            symbol=gap.symbol,
            first_trade_id=gap.first,
            last_trade_id=gap.last,
            missing=gap.count,
        )

    def gap_filled(self, gap: Gap) -> None:
        """The trades of a gap were fetched and handed on."""
        self.log.info("gap filled", symbol=gap.symbol, first_trade_id=gap.first, last_trade_id=gap.last)

    def far_ahead(self, symbol: str, trade_id: int) -> None:
        """A number came that is too far ahead to be followed on its own word."""
        self.log.warning(
            "an id is far ahead of its market; it is followed when the next one says the same",
            symbol=symbol,
            trade_id=trade_id,
        )

    def renumbered(self, symbol: str, began: int) -> None:
        """The trade ids of a market restart."""
        self.tally.renumbered += 1
        self.log.error("the exchange restarted the trade ids of this market", symbol=symbol, first_trade_id=began + 1)

    def stalled(self, symbol: str, seconds: float) -> None:
        """A market is silent although it trades."""
        self.tally.stalls += 1
        self.log.warning(
            "a market is silent although it trades; reconnecting", symbol=symbol, silent_seconds=round(seconds, 1)
        )

    def backfill_refused(self, gap: Gap, error: BaseException) -> None:
        """The exchange will not give what is missing."""
        self.log.error(
            "the exchange refuses to give missing trades",
            symbol=gap.symbol,
            first_trade_id=gap.first,
            last_trade_id=gap.last,
            error=str(error),
        )

    def backfill_unavailable(self, error: BaseException, seconds: float) -> None:
        """The missing trades could not be fetched now; it is tried again."""
        self.log.warning(
            "could not fetch missing trades; trying again", error=str(error), after_seconds=round(seconds, 1)
        )

    def gap(self, gap: Gap) -> None:
        """Tell of trades that did not come and will not, at once."""
        self.tally.gaps += 1
        self.tally.missing += gap.count
        self.log.warning(
            "trades are missing", symbol=gap.symbol, first_trade_id=gap.first, last_trade_id=gap.last, missing=gap.count
        )
        # CloudWatch takes ASCII alone in a dimension: 币安人生-USDT is percent-encoded, as the alarm's is by `urlencode`.
        dimensions = {"service": self.service, "symbol": quote(gap.symbol, safe="")}
        with single_metric(
            "TradesGap", MetricUnit.Count, gap.count, namespace=NAMESPACE, default_dimensions=dimensions
        ) as metric:
            metric.add_metadata("first_trade_id", gap.first)
            metric.add_metadata("last_trade_id", gap.last)

    def session_ended(self, error: BaseException, seconds: float) -> None:
        """A session ended and another will be tried."""
        self.tally.reconnects += 1
        self.log.warning(
            "connection ended; reconnecting", error=f"{type(error).__name__}: {error}", after_seconds=round(seconds, 1)
        )

    def left(self, symbols: Sequence[str]) -> None:
        """Markets are followed no more."""
        self.log.info("these markets are not followed any more", symbols=symbols)
        for symbol in symbols:
            self.tally.last_trades.pop(symbol, None)

    def list_refused(self, detail: str) -> None:
        """A new list of markets cannot be used, and the one before it goes on."""
        self.tally.lists_refused += 1
        self.log.error("the new list of markets is refused; going on with the one before", detail=detail)

    def unavailable(self, symbol: str, reason: str) -> None:
        """The exchange does not serve a market that is listed."""
        self.log.error(
            "the exchange does not serve this market; going on without it, and asking again",
            symbol=symbol,
            reason=reason[:_FIRST],
        )

    def available(self, symbol: str) -> None:
        """The exchange serves a market again."""
        self.log.info("the exchange serves this market again", symbol=symbol)

    def publish(self) -> None:
        """Write the metrics of the time since the last publication."""
        self._logged.clear()
        tally = self.tally
        now = Counter(
            Received=tally.received,
            Forwarded=tally.forwarded,
            Refused=tally.refused.total(),
            Repeated=tally.repeated,
            Renumbered=tally.renumbered,
            Late=tally.late,
            Missed=tally.opened,
            Backfilled=tally.backfilled,
            Stalls=tally.stalls,
            Reconnects=tally.reconnects,
            ListsRefused=tally.lists_refused,
        )
        for name, count in now.items():
            self._metrics.add_metric(name, MetricUnit.Count, count - self._published[name])
        self._metrics.add_metric("Connected", MetricUnit.Count, int(tally.connected))
        self._metrics.add_metric("MarketsUnavailable", MetricUnit.Count, tally.unavailable)
        if (lag := tally.take_worst_lag()) is not None:
            self._metrics.add_metric("LagMs", MetricUnit.Milliseconds, lag / 1000)
        self._metrics.flush_metrics()
        self._publish_reasons()
        self._published.update(now - self._published)

    async def publish_every(self, seconds: float) -> None:
        """Publish until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(seconds)
                self.publish()
        finally:
            self.publish()

    def _publish_reasons(self) -> None:
        for reason, count in self.tally.refused.items():
            if new := count - self._published[reason]:
                dimensions = {"service": self.service, "reason": str(reason)}
                with single_metric(
                    "RefusedByReason", MetricUnit.Count, new, namespace=NAMESPACE, default_dimensions=dimensions
                ):
                    self._published[reason] = count
