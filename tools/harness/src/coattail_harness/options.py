"""What the options of several tools hold to."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode, SettingsConfigDict

from coattail_common.contracts import is_symbol
from coattail_runtime.settings import listed


def _are_markets(symbols: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [symbol for symbol in symbols if not is_symbol(symbol)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is not a market; write BASE-QUOTE as the exchange has them, as BTC-USDT")
    return symbols


T = TypeVar("T")
"""The type of one value."""

Listed = Annotated[tuple[T, ...], NoDecode, BeforeValidator(listed)]
"""Several values in one flag or variable, `a,b`. No alias of the `type` statement: pydantic-settings looks for `NoDecode` at the field."""

Symbols = Annotated[Listed[str], AfterValidator(_are_markets)]
"""Markets by our names, `BTC-USDT,ETH-USDT`."""


def of_task(name: str) -> SettingsConfigDict:
    """Return the configuration of the options of `./task NAME`: their variables begin with `COATTAIL_NAME_`."""
    return SettingsConfigDict(
        env_prefix=f"COATTAIL_{name.upper()}_", cli_prog_name=f"task {name} --", populate_by_name=True
    )


def require_folder(flag: str, file: Path | None) -> None:
    """Refuse a file that cannot be written because its folder is missing. Raises `ValueError`, which names the flag."""
    if file is not None and not file.absolute().parent.is_dir():
        raise ValueError(f"{flag} {file}: the folder {file.absolute().parent} does not exist")
