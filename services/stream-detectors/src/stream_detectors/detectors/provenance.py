"""What every alert's lineage says of the code and configuration that raised it."""

from importlib.metadata import version

import msgspec

from coattail_common.contracts import Lineage


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """The running pipeline: its version and the hash of its features."""

    config_hash: str
    pipeline_version: str

    @classmethod
    def of(cls, config_hash: str) -> "Provenance":
        """That of this installation."""
        return cls(config_hash=config_hash, pipeline_version=version("coattail-stream-detectors"))

    def lineage(
        self, *, alert_id: str, module_id: str, detector: str, now: int, first: int, last: int, count: int
    ) -> Lineage:
        """The lineage of an alert over the trades `first` to `last` of its market."""
        return Lineage(
            correlation_id=alert_id,
            module_id=module_id,
            detector=detector,
            config_hash=self.config_hash,
            pipeline_version=self.pipeline_version,
            processed_at=now,
            first_trade_id=first,
            last_trade_id=last,
            trade_count=count,
        )
