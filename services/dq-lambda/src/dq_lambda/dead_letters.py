"""The dead-letter dead_letters: refused lines as JSON lines of contract `Reject`, each once however often its record is delivered.

An object holds what is refused of one record for one reason, and its key is made of nothing but the record's place in the
stream. Where more lines are refused than are kept one by one, a second object beside it holds the whole record. So it does not
matter in which batches a record comes, split or repeated, or which other process has it at the same time: the first to write
wins, and all others find it done.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from coattail_common.contracts import Reject
from dq_lambda.inspection import Inspected

LINES: Final = ".jsonl"
"""How the key of an object ends that holds refused lines one by one."""
RECORD: Final = ".record"
"""How the key of an object ends that holds a whole record, as it came, of which too many lines were refused."""

_LINES_TYPE: Final = "application/x-ndjson"
_RECORD_TYPE: Final = "application/octet-stream"
_WRITTEN_BEFORE: Final = "PreconditionFailed"
_WRITTEN_AT_ONCE: Final = "ConditionalRequestConflict"
_ATTEMPTS: Final = 3

_encoder: Final = msgspec.json.Encoder()


class Letter(msgspec.Struct, frozen=True):
    """An object of the dead letters: `key` below the zone's prefix, its body, and what S3 keeps beside it."""

    key: str
    body: bytes
    metadata: Mapping[str, str] = {}


class DeadLetterError(RuntimeError):
    """The dead_letters did not take a letter."""


class DeadLetters(Protocol):
    """Where letters go."""

    def keep(self, letter: Letter) -> None:
        """Write the letter unless its key is there already. Returns when it is; raises `DeadLetterError`."""
        ...


class S3DeadLetters:
    """The dead_letters in a bucket. `client` may be used by several threads, as boto3's is."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def keep(self, letter: Letter) -> None:
        """See `Zone.keep`."""
        for _ in range(_ATTEMPTS):
            if self._put(letter):
                return
        message = f"others keep writing {letter.key}, and none succeeds"
        raise DeadLetterError(message)

    def _put(self, letter: Letter) -> bool:
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._prefix + letter.key,
                Body=letter.body,
                ContentType=_LINES_TYPE if letter.key.endswith(LINES) else _RECORD_TYPE,
                Metadata=dict(letter.metadata),
                IfNoneMatch="*",
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in {_WRITTEN_BEFORE, _WRITTEN_AT_ONCE}:
                raise DeadLetterError(str(error)) from error
            return bool(code == _WRITTEN_BEFORE)
        except BotoCoreError as error:
            raise DeadLetterError(str(error)) from error
        return True


def letters(inspected: Inspected) -> list[Letter]:
    """Return the letters of one record's refusals: one for each reason, and before it the record where it holds not all.

    The record comes first, so that lines that were cut never stand without it.
    """
    by_reason = sorted(inspected.rejects, key=lambda reject: (reject.reason, reject.line_number))
    made: list[Letter] = []
    for reason, group in groupby(by_reason, key=lambda reject: reject.reason):
        kept = list(group)
        refused = inspected.refused[reason]
        if refused > len(kept):
            counts = {"refused": str(refused), "kept-as-lines": str(len(kept))}
            made.append(Letter(_key(kept[0]) + RECORD, inspected.record.data, counts))
        made.append(_letter(kept))
    return made


def read(body: bytes) -> list[Reject]:
    """The refusals of such an object. Raises `msgspec.DecodeError` when it is none."""
    return [msgspec.json.decode(line, type=Reject) for line in body.splitlines()]


def _letter(rejects: Sequence[Reject]) -> Letter:
    return Letter(_key(rejects[0]) + LINES, b"".join(_encoder.encode(reject) + b"\n" for reject in rejects))


def _key(reject: Reject) -> str:
    # The day on which the record arrived, not today: the key of a record is the same tomorrow.
    day = datetime.fromtimestamp(reject.arrived_at / 1_000_000, UTC).date()
    return f"{reject.reason}/date={day}/{reject.shard_id}/{reject.sequence_number}"
