"""The quality that all readers of the stream know together, in one object that changes by compare and swap.

An object that holds something else is set aside, and the quality begins again: otherwise no degradation would be told until
a person noticed.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from dq_lambda.degradation import Count, Degradation, Quality

KEY: Final = "state/quality.json"
DAMAGED: Final = "state/quality.damaged."
"""What the key of a state begins with that could not be read; its tag follows."""
_CHANGED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404"})


class StateError(RuntimeError):
    """The state can be neither read nor written."""


class Version(msgspec.Struct, frozen=True):
    """The state as it was read; `tag` is what it must still be known by to be replaced, None when there was none.

    `damage` says why what was there could not be read, and where it lies now; empty when it could.
    """

    quality: Quality
    tag: str | None
    damage: str = ""


class _Stored(msgspec.Struct, frozen=True):
    """The object's content: `counts` is always there, so that an object of something else is not taken for a new state."""

    counts: Mapping[int, Count]
    degradation: Degradation | None = None
    untold: tuple[Degradation, ...] = ()
    period_micros: int | None = None


class QualityState(Protocol):
    """The state, wherever it is. Both raise `StateError`."""

    def get(self) -> Version:
        """As it is now."""
        ...

    def replace(self, version: Version, quality: Quality) -> bool:
        """Put `quality` in the place of `version`; False when another was faster, and nothing was changed."""
        ...


class S3State:
    """The state in a bucket."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._place = {"Bucket": bucket, "Key": prefix + KEY}

    def get(self) -> Version:
        """See `QualityState.get`. Copies what is no quality to `DAMAGED` beside it, under the tag that it has."""
        try:
            answer = self._client.get_object(**self._place)
            tag, body = answer["ETag"], answer["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise StateError(str(error)) from error
            return Version(Quality(), None)
        except BotoCoreError as error:
            raise StateError(str(error)) from error
        try:
            stored = msgspec.json.decode(body, type=_Stored)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Version(
                Quality(), tag, f"{error or 'nested too deeply'}; it lies at {self._set_aside(tag, body)} now"
            )
        return Version(Quality(stored.counts, stored.degradation, stored.untold, stored.period_micros), tag)

    def replace(self, version: Version, quality: Quality) -> bool:
        """See `QualityState.replace`."""
        condition = {"IfMatch": version.tag} if version.tag else {"IfNoneMatch": "*"}
        try:
            self._client.put_object(**self._place, **condition, Body=msgspec.json.encode(quality))
        except ClientError as error:
            if error.response["Error"]["Code"] not in _CHANGED:
                raise StateError(str(error)) from error
            return False
        except BotoCoreError as error:
            raise StateError(str(error)) from error
        return True

    def _set_aside(self, tag: str, body: bytes) -> str:
        # By its tag: the processes that find it at the same time write one object.
        key = f"{self._prefix}{DAMAGED}{tag.strip('"')}"
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body)
        except (BotoCoreError, ClientError) as error:
            message = f"{self._place['Key']} is damaged and cannot be set aside: {error}"
            raise StateError(message) from error
        return key
