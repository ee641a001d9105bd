"""Decoding what came from outside, and why it could not be decoded or used."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from coattail_connector.frames.messages import Reason, Refusal
from coattail_connector.frames.times import TimeError

DECODING_ERRORS: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
"""Everything msgspec raises over bytes from outside: not JSON, not of the type, not UTF-8, nested without end."""


_text: Final = msgspec.json.Decoder(str).decode
_NUMBERS: Final = tuple(b"-0123456789")


def either[T](decode: Callable[[msgspec.Raw], T], loosely: Callable[[msgspec.Raw], T]) -> Callable[[msgspec.Raw], T]:
    """Return what decodes as `decode` does and, only where that fails, as `loosely` does. It raises the error of the former."""

    def decode_either(item: msgspec.Raw) -> T:
        try:
            return decode(item)
        except DECODING_ERRORS as error:
            try:
                return loosely(item)
            except DECODING_ERRORS:
                raise error from None

    return decode_either


def digits(amount: msgspec.Raw) -> str:
    """Return an amount of JSON as it is printed: the digits of a number, or the text of a string.

    Where an exchange says that amounts are strings, a frame is decoded as that first, and with `msgspec.Raw` for an amount only when
    it is not: it costs the others nothing. Never as a float, which has other digits. Raises one of `DECODING_ERRORS` for other values.
    """
    printed = bytes(amount)
    return printed.decode() if printed[0] in _NUMBERS else _text(printed)


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
