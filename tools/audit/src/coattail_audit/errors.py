"""What ends an audit before it can say anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pyarrow as pa
from botocore.exceptions import BotoCoreError, ClientError
from pyiceberg.exceptions import ValidationError

_UNREADABLE: Final = (OSError, EOFError, ValueError, pa.ArrowException, BotoCoreError, ClientError, ValidationError)
"""What files that are gone or spoilt, a catalog out of reach and keys that do not fit end with."""


class AuditError(Exception):
    """The audit cannot be made; the message says of what, and what to do."""


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """While this lasts, `what` is being read. Raises `AuditError` when it cannot be."""
    try:
        yield
    except _UNREADABLE as error:
        said = " ".join(str(error).split("\n", maxsplit=2)[:2]) or type(error).__name__
        raise AuditError(f"{what} cannot be read: {said}") from error
