"""AWS, as the environment says where it is and who calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError

from coattail_runtime.settings import refuse


@asynccontextmanager
async def open_client(service: str, config: AioConfig) -> AsyncIterator[Any]:
    """aiobotocore's client of `service`, while the context is open.

    When what the environment says cannot be used (an endpoint that is no URL, a profile that is not there), the process ends
    with code 2 and one line. Nothing is called yet.
    """
    opening = get_session().create_client(service, config=config)
    try:
        client = await opening.__aenter__()
    except (BotoCoreError, ValueError) as error:
        refuse(
            f"no client for AWS's {service} ({' '.join(str(error).split())}); "
            "look at AWS_ENDPOINT_URL, AWS_PROFILE and the credentials in the environment"
        )
    try:
        yield client
    finally:
        await opening.__aexit__(None, None, None)
