"""The list of markets in AWS Systems Manager's Parameter Store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError

from coattail_connector.markets.listed.source import ListMissingError, ListUnavailableError
from coattail_runtime.aws import open_client

_SECONDS: Final = 5
_ATTEMPTS: Final = 3
_FOR_A_PERSON: Final = frozenset({"ParameterNotFound", "AccessDeniedException", "ValidationException"})


class SsmParameter:
    """`ListSource` in the parameter `name`, by `client`, aiobotocore's of SSM."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    async def read(self) -> str:
        """See `ListSource.read`."""
        try:
            answer = await self._client.get_parameter(Name=self._name)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _FOR_A_PERSON:
                message = f"SSM parameter {self._name}: {_describe(error)}"
                raise ListMissingError(message) from error
            raise ListUnavailableError(_describe(error)) from error
        except (BotoCoreError, OSError) as error:
            raise ListUnavailableError(_describe(error)) from error
        return str(answer["Parameter"]["Value"])


@asynccontextmanager
async def open_parameter(name: str, region: str) -> AsyncIterator[SsmParameter]:
    """The parameter, while the context is open. Endpoint and credentials come from the environment."""
    config = AioConfig(
        region_name=region,
        connect_timeout=_SECONDS,
        read_timeout=_SECONDS,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    async with open_client("ssm", config) as client:
        yield SsmParameter(client, name)


def _describe(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
