"""Why a frame could not be decoded."""

from typing import Final

import msgspec

from coattail_common.connector.messages import Reason, Refusal

DECODING_ERRORS: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
"""Everything msgspec raises over bytes from outside: not JSON, not of the type, not UTF-8, nested without end."""


def undecodable(error: Exception) -> Refusal:
    """The refusal of a frame whose decoding raised `error`, one of `DECODING_ERRORS`."""
    if not isinstance(error, msgspec.ValidationError):
        return Refusal(Reason.MALFORMED, str(error))
    text = str(error)
    return Refusal(Reason.INCOMPLETE if text.startswith("Object missing required field") else Reason.INVALID, text)
