"""The exchange that tests play by hand leaves nothing behind."""

import asyncio
import gc
import socket
import warnings
from urllib.parse import urlsplit

import pytest

from coattail_testing.connector import FakeExchange


@pytest.mark.parametrize("steps", range(6))
def test_an_exchange_that_ends_while_a_client_arrives(steps: int) -> None:
    """asyncio leaves a connection open that it is accepting while its server is closed."""

    async def arrive() -> None:
        async with FakeExchange() as exchange:
            address = urlsplit(exchange.url)
            with socket.create_connection((address.hostname, address.port)):
                for _ in range(steps):
                    await asyncio.sleep(0)

    with warnings.catch_warnings(record=True) as unclosed:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(arrive())
        gc.collect()
    assert not unclosed
