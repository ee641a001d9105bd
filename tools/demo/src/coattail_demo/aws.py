"""Clients of the local cloud, and what it is called when it does not answer."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from coattail_demo.errors import CloudSilentError

REGION: Final = "us-west-2"
ENVIRONMENT: Final = "local"
CREDENTIALS: Final = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
VARIABLES: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
"""The same for a process of its own."""

_CONFIG: Final = AioConfig(connect_timeout=3, read_timeout=40, retries={"total_max_attempts": 3, "mode": "standard"})


def client(service: str, endpoint: str) -> AbstractAsyncContextManager[Any]:
    """An asynchronous client of an AWS service, by boto3's name for it."""
    opened: AbstractAsyncContextManager[Any] = get_session().create_client(
        service, region_name=REGION, endpoint_url=endpoint, config=_CONFIG, **CREDENTIALS
    )
    return opened


@contextlib.contextmanager
def answering(what: str) -> Iterator[None]:
    """Raises `CloudSilentError`, naming `what` was asked of the cloud, for whatever its clients raise."""
    try:
        yield
    except (BotoCoreError, ClientError, OSError) as error:
        raise CloudSilentError(
            f"{what}: the local cloud does not answer ({error}); see localstack.log in the demo's state folder"
        ) from error
