"""The quality that all readers of the stream know together, in one object that changes by compare and swap."""

from typing import Any, Final, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from dq_lambda.degradation import Quality

KEY: Final = "state/quality.json"
_CHANGED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404"})


class StateError(RuntimeError):
    """The state can be neither read nor written."""


class Version(msgspec.Struct, frozen=True):
    """The state as it was read; `tag` is what it must still be known by to be replaced, None when there was none."""

    quality: Quality
    tag: str | None


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
        self._place = {"Bucket": bucket, "Key": prefix + KEY}

    def get(self) -> Version:
        """See `QualityState.get`."""
        try:
            answer = self._client.get_object(**self._place)
            return Version(msgspec.json.decode(answer["Body"].read(), type=Quality), answer["ETag"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise StateError(str(error)) from error
            return Version(Quality(), None)
        except (BotoCoreError, msgspec.DecodeError) as error:
            raise StateError(str(error)) from error

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
