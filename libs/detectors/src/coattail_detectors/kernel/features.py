"""The features file: how the modules run. `config/features.yaml` holds the defaults; a tier file lists the modules there are (`tiers`)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.module import Module, ModuleSettings

USD: Final = "usd"
"""The group of quote currencies whose amounts are taken as US dollars."""


_LONGEST_SECONDS: Final = 86_400.0


class WatermarkSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A window closes when its exchange's trades are `lateness_seconds` past it; a shard that is silent for `idle_seconds` is not
    waited for."""

    lateness_seconds: float = 10.0
    idle_seconds: float = 5.0

    def __post_init__(self) -> None:
        for name, value, least in (
            ("lateness_seconds", self.lateness_seconds, 0.0),
            ("idle_seconds", self.idle_seconds, 1e-3),
        ):
            if not least <= value <= _LONGEST_SECONDS:  # false for NaN too
                raise ValueError(f"{name} is {value:g}, and must be from {least:g} to {_LONGEST_SECONDS:g} seconds")


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file.

    `quote_groups` are quote currencies that count as the
    same once their basis is removed; `usd_rates` says what one of another quote currency is in US dollars. `module_overrides`, by
    module name, switches single modules on or off that the tier has not or has; left out, the hash is that of before there were any.
    `modules` holds each module's settings under its key.
    """

    quote_groups: dict[str, tuple[str, ...]] = msgspec.field(default_factory=lambda: {USD: ("USD", "USDT", "USDC")})
    usd_rates: dict[str, Decimal] = {}
    watermark: WatermarkSettings = WatermarkSettings()
    module_overrides: dict[str, bool] | msgspec.UnsetType = msgspec.UNSET
    modules: dict[str, ModuleSettings] = {}

    def __post_init__(self) -> None:
        for quote, rate in self.usd_rates.items():
            if not rate.is_finite() or rate <= 0:
                raise ValueError(f"usd_rates: {quote} is {rate}, and must be above 0")

    def of[S: ModuleSettings](self, settings: type[S]) -> S:
        """The settings of the module that has settings of this type; its defaults where the file says nothing."""
        found = (one for one in self.modules.values() if isinstance(one, settings))
        return next(found, settings())

    def overridden(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the modules of a tier, `names`, with those that are switched on besides and without those that are switched off."""
        overrides = self.module_overrides or {}
        wanted = dict.fromkeys([*names, *(name for name, on in overrides.items() if on)])
        return tuple(name for name in wanted if overrides.get(name, True))

    def usd_rate(self, quote: str) -> Decimal | None:
        """What one of `quote` is in US dollars; None when nobody says."""
        return Decimal(1) if quote in self.quote_groups.get(USD, ()) else self.usd_rates.get(quote)

    @property
    def rates(self) -> dict[str, Decimal]:
        """Quote currency → US dollars, for those that have a rate."""
        return {**self.usd_rates, **dict.fromkeys(self.quote_groups.get(USD, ()), Decimal(1))}

    @property
    def config_hash(self) -> str:
        """Twelve hex digits that change when any value does."""
        import hashlib  # noqa: PLC0415  (it loads OpenSSL; a process that only lists the modules does without)

        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:12]


def load(path: Path, modules: Sequence[Module]) -> Features:
    """Read the file; `modules` are those whose settings may stand in it. Raises `FeaturesError`."""
    return parse(_read(path), modules, str(path))


def parse(text: bytes, modules: Sequence[Module], name: str = "features") -> Features:
    """The features in a text. Raises `FeaturesError`, which calls the text `name`."""
    known = {module.key: module for module in modules}
    general = [field for field in Features.__struct_fields__ if field != "modules"]
    try:
        values: Mapping[str, Any] = msgspec.yaml.decode(text, type=dict[str, Any] | None) or {}
        if unknown := sorted(set(values) - set(general) - set(known)):
            message = f"{name}: {', '.join(unknown)} is no key of it; it has {', '.join(sorted([*general, *known]))}"
            raise FeaturesError(message)
        settings = {
            key: msgspec.convert(value or {}, known[key].settings, strict=False, str_keys=True)
            for key, value in values.items()
            if key in known
        }
        # An override of nothing is none: the hash must not tell the two apart.
        rest = {key: value for key, value in values.items() if key in general and (value or key != "module_overrides")}
        return msgspec.structs.replace(msgspec.convert(rest, Features, strict=False), modules=settings)
    except msgspec.MsgspecError as error:
        message = f"{name}: {error}"
        raise FeaturesError(message) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise FeaturesError(message) from error
