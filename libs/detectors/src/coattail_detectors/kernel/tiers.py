"""The tier files, `config/tiers/<tier>.yaml`: which modules there are, on which workers and with which Spark settings they run.

A tier may extend another one, whose file lies beside its own. Its modules are those of the other and its own, in this order; what it
says of workers and Spark settings takes the place of what the other says, value by value. Nothing here imports Spark.
"""

import re
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from coattail_detectors.kernel.errors import FeaturesError
from coattail_detectors.kernel.workers import Workers, is_of_workers

type Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$")]
type Value = str | bool | int | float

_NAME: Final = re.compile(r"spark\.[A-Za-z0-9._-]+")
_TEXT: Final = re.compile(r"[^\s'\"\\]+")
"""A value that stands between blanks as it is: the settings become one line of words."""


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A tier with all that it extends. `workers` None: it runs where somebody else decides on them, and cannot be submitted."""

    modules: tuple[str, ...]
    workers: Workers | None = None
    spark: dict[str, Value] = {}

    def __post_init__(self) -> None:
        for name, value in self.spark.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"spark: {name} is no name of a Spark setting; they begin with spark.")
            if not _TEXT.fullmatch(_text(value)):
                raise ValueError(
                    f"spark: {name} is {value!r}; a value has no blanks, quotes or backslashes and is not empty"
                )
            if is_of_workers(name):
                raise ValueError(
                    f"spark: {name} decides on the workers; say driver, executor and executors below workers"
                )

    def confs(self) -> dict[str, str]:
        """Return the Spark settings of a job run, by name. Raises `FeaturesError` for a tier without workers."""
        if self.workers is None:
            message = "the tier has no workers: say how large driver and executors are, as config/tiers/small.yaml does"
            raise FeaturesError(message)
        return {**{name: _text(value) for name, value in self.spark.items()}, **self.workers.confs()}

    def encode(self) -> bytes:
        """Return the tier as one file that extends no other."""
        return msgspec.yaml.encode(self)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One file, as it is written. None: it does not say."""

    extends: Name | None = None
    modules: tuple[str, ...] | None = None
    workers: dict[str, Any] | None = None
    spark: dict[str, Value] | None = None


def load(path: Path) -> Tier:
    """Read a tier file and those that it extends. Raises `FeaturesError`."""
    chain = _chain(path)
    try:
        return msgspec.convert(msgspec.to_builtins(reduce(_over, reversed(chain.values()))), Tier)
    except msgspec.MsgspecError as error:
        message = f"{', which extends '.join(map(str, chain))}: {error}"
        raise FeaturesError(message) from error


def _chain(path: Path) -> dict[Path, _File]:
    """The file, the one that it extends, and so on."""
    chain: dict[Path, _File] = {}
    following: Path | None = path
    while following is not None:
        if following in chain:
            message = (
                f"{', which extends '.join(map(str, [*chain, following]))}: a circle; one of them must extend no other"
            )
            raise FeaturesError(message)
        chain[following] = read = _read(following, tuple(chain))
        following = following.with_name(f"{read.extends}.yaml") if read.extends else None
    return chain


def _read(path: Path, extended_by: tuple[Path, ...]) -> _File:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        because = f", which {extended_by[-1]} extends" if extended_by else ""
        message = f"{path}{because}: {error.strerror}"
        raise FeaturesError(message) from error
    except msgspec.MsgspecError as error:
        message = f"{path}: {error}"
        raise FeaturesError(message) from error


def _over(below: _File, above: _File) -> _File:
    """One file that says what both say."""
    return _File(
        modules=below.modules if above.modules is None else _union(below.modules or (), above.modules),
        workers=_merged(below.workers or {}, above.workers or {}) or None,
        spark={**(below.spark or {}), **(above.spark or {})} or None,
    )


def _union(first: tuple[str, ...], then: tuple[str, ...]) -> tuple[str, ...]:
    """Each name once, in order."""
    return tuple(dict.fromkeys((*first, *then)))


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both maps, at every depth; where they differ, what is above."""
    return {
        **below,
        **{
            name: _merged(below[name], value)
            if isinstance(value, Mapping) and isinstance(below.get(name), Mapping)
            else value
            for name, value in above.items()
        },
    }


def _text(value: Value) -> str:
    """The value as Spark reads it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
