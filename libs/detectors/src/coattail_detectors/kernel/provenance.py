"""What every alert's lineage says of the code and configuration that raised it."""

from importlib.metadata import version

import msgspec

from coattail_common.contracts import Alert, Details, Lineage, MarketTrades, Severity
from coattail_detectors.kernel.module import Module


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """The running pipeline: its version and the hash of its features."""

    config_hash: str
    pipeline_version: str

    @classmethod
    def of(cls, config_hash: str) -> "Provenance":
        """That of this installation."""
        return cls(config_hash=config_hash, pipeline_version=version("coattail-stream-detectors"))

    def alert(
        self,
        details: Details,
        *,
        module: Module,
        detector: type,
        key: str,
        exchange: str | None,
        symbol: str,
        severity: Severity,
        event_time: int,
        now: int,
        message: str,
        trades: tuple[MarketTrades, ...],
    ) -> Alert:
        """An alert over `trades`, at least one market's; `key` tells it from the others of its type, whatever the run.

        Its first market is the one that the lineage describes; all are listed where there are several.
        """
        alert_id = f"{module.module_id}:{details.alert_type}:{key}"
        first = trades[0]
        return Alert.with_details(
            details,
            alert_id=alert_id,
            module_id=module.module_id,
            exchange=exchange,
            symbol=symbol,
            severity=severity,
            detected_at=now,
            event_time=event_time,
            message=message,
            lineage=Lineage(
                correlation_id=alert_id,
                module_id=module.module_id,
                detector=detector.__name__,
                config_hash=self.config_hash,
                pipeline_version=self.pipeline_version,
                processed_at=now,
                first_trade_id=first.first_trade_id,
                last_trade_id=first.last_trade_id,
                trade_count=first.trade_count,
                markets=trades if len(trades) > 1 else msgspec.UNSET,
            ),
        )
