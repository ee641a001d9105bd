"""The features file: which modules run, and with what thresholds. `config/features.yaml` holds the defaults."""

import hashlib
from decimal import Decimal
from pathlib import Path

import msgspec

from coattail_common.contracts import Severity


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In US dollars: above `medium` an alert is raised, above the others it is of their severity."""

    medium: Decimal = Decimal(100_000)
    high: Decimal = Decimal(500_000)
    critical: Decimal = Decimal(1_000_000)

    def __post_init__(self) -> None:
        if not 0 < self.medium < self.high < self.critical:
            message = f"thresholds must ascend: medium {self.medium}, high {self.high}, critical {self.critical}"
            raise ValueError(message)

    def severity(self, usd: Decimal) -> tuple[Severity, Decimal] | None:
        """The severity of an amount and the threshold it is above; None when it is above none."""
        for severity, threshold in (
            (Severity.CRITICAL, self.critical),
            (Severity.HIGH, self.high),
            (Severity.MEDIUM, self.medium),
        ):
            if usd > threshold:
                return severity, threshold
        return None


class WhaleFeatures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MOD-002. `symbols` overrides the thresholds of single symbols; `hold_seconds` is how long the newest sweep of a market waits
    for fills that may still belong to it when no other trade has ended it."""

    enabled: bool = True
    thresholds_usd: Thresholds = Thresholds()
    symbols: dict[str, Thresholds] = {}
    hold_seconds: float = 2.0

    def thresholds(self, symbol: str) -> Thresholds:
        """The thresholds of a symbol."""
        return self.symbols.get(symbol, self.thresholds_usd)


class Features(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `usd_quotes` are the quote currencies whose amounts are taken as US dollars."""

    usd_quotes: tuple[str, ...] = ("USD", "USDT", "USDC")
    whale_detector: WhaleFeatures = WhaleFeatures()

    @property
    def floor(self) -> Decimal:
        """The smallest amount that any module looks at, in US dollars."""
        whale = self.whale_detector
        return min(thresholds.medium for thresholds in (whale.thresholds_usd, *whale.symbols.values()))

    @property
    def config_hash(self) -> str:
        """Twelve hex digits that change when any value does."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:12]


class FeaturesError(ValueError):
    """The features file cannot be used; the message says where and why."""


def load(path: Path) -> Features:
    """Read the file. Raises `FeaturesError`."""
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Features)
    except OSError as error:
        message = f"{path}: {error.strerror}; --features names the file"
    except msgspec.MsgspecError as error:
        message = f"{path}: {error}"
    raise FeaturesError(message)
