"""The dead-letter zone: refused lines as JSON lines of contract `Reject`, each once however often its record is delivered.

An object holds what is refused of one record for one reason, and its key is made of nothing but the record's place in the
stream. So it does not matter in which batches a record comes, split or repeated, or who else has it at the same time: the
first to write wins, and all others find it done.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from coattail_common.contracts import Reject

_CONTENT_TYPE: Final = "application/x-ndjson"
_WRITTEN_BEFORE: Final = "PreconditionFailed"
_WRITTEN_AT_ONCE: Final = "ConditionalRequestConflict"
_ATTEMPTS: Final = 3

_encoder: Final = msgspec.json.Encoder()


class Letter(msgspec.Struct, frozen=True):
    """An object of the zone: `key` below the zone's prefix, and the lines of its body."""

    key: str
    body: bytes


class ZoneError(RuntimeError):
    """The zone did not take a letter."""


class Zone(Protocol):
    """Where letters go."""

    def keep(self, letter: Letter) -> None:
        """Write the letter unless its key is there already. Returns when it is; raises `ZoneError`."""
        ...


class S3Zone:
    """The zone in a bucket. `client` may be used by several threads, as boto3's is."""

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
        raise ZoneError(message)

    def _put(self, letter: Letter) -> bool:
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._prefix + letter.key,
                Body=letter.body,
                ContentType=_CONTENT_TYPE,
                IfNoneMatch="*",
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in {_WRITTEN_BEFORE, _WRITTEN_AT_ONCE}:
                raise ZoneError(str(error)) from error
            return bool(code == _WRITTEN_BEFORE)
        except BotoCoreError as error:
            raise ZoneError(str(error)) from error
        return True


def letters(rejects: Iterable[Reject]) -> list[Letter]:
    """The letters of one record's refusals: one for each reason."""
    by_reason = sorted(rejects, key=lambda reject: (reject.reason, reject.line_number))
    return [_letter(list(group)) for _, group in groupby(by_reason, key=lambda reject: reject.reason)]


def read(body: bytes) -> list[Reject]:
    """The refusals of an object of the zone. Raises `msgspec.DecodeError` when it is none."""
    return [msgspec.json.decode(line, type=Reject) for line in body.splitlines()]


def _letter(rejects: Sequence[Reject]) -> Letter:
    first = rejects[0]
    # The day on which the record arrived, not today: the key of a record is the same tomorrow.
    day = datetime.fromtimestamp(first.arrived_at / 1_000_000, UTC).date()
    return Letter(
        key=f"{first.reason}/date={day}/{first.shard_id}/{first.sequence_number}.jsonl",
        body=b"".join(_encoder.encode(reject) + b"\n" for reject in rejects),
    )
