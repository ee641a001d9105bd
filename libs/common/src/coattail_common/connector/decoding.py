"""Decoding what came from outside, and why it could not be decoded or used."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from coattail_common.connector.messages import Reason, Refusal
from coattail_common.connector.times import TimeError

DECODING_ERRORS: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
"""Everything msgspec raises over bytes from outside: not JSON, not of the type, not UTF-8, nested without end."""


def undecodable(error: Exception) -> Refusal:
    """The refusal of a frame whose decoding raised `error`, one of `DECODING_ERRORS`."""
    if not isinstance(error, msgspec.ValidationError):
        return Refusal(Reason.MALFORMED, str(error))
    text = str(error)
    return Refusal(Reason.INCOMPLETE if text.startswith("Object missing required field") else Reason.INVALID, text)


def unknown_market(name: str, path: str) -> Refusal:
    """The refusal of what is about a market that is not followed; `path` says where it is named `name`."""
    return Refusal(Reason.UNKNOWN_SYMBOL, f"{name!r} at `{path}` is none of the configured markets")


def unreadable_time(error: TimeError, path: str) -> Refusal:
    """The refusal of a trade whose time, at `path`, `micros` could not read."""
    return Refusal(Reason.INVALID, f"{error} - at `{path}`")


def separately[T](items: Iterable[msgspec.Raw], decode: Callable[[msgspec.Raw], T]) -> tuple[list[T], list[Refusal]]:
    """Each item by itself, so that a bad one costs no other: those that `decode` can read, and why the others are none."""
    read: list[T] = []
    refused: list[Refusal] = []
    for item in items:
        try:
            read.append(decode(item))
        except DECODING_ERRORS as error:
            refused.append(undecodable(error))
    return read, refused
