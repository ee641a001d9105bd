"""Keeps LocalStack on the address of its settings.

Its Twisted server takes only the port from GATEWAY_LISTEN and would answer on every interface of the machine.
"""

import functools
from types import SimpleNamespace

from localstack.runtime.server import twisted as server


def listen_only_on(host: str) -> None:
    """Must be called before the gateway is made."""
    endpoints = server.endpoints
    server.endpoints = SimpleNamespace(
        TCP4ServerEndpoint=functools.partial(endpoints.TCP4ServerEndpoint, interface=host),
        TCP6ServerEndpoint=endpoints.TCP6ServerEndpoint,
    )
