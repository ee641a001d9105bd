"""Services that LocalStack lacks, answered by the in-process backends of moto, which LocalStack carries anyway."""

from collections.abc import Callable
from typing import Any

from localstack.aws.spec import load_service
from localstack.services import moto as localstack_moto


def moto_table(service: str) -> dict[str, Callable[..., Any]]:
    """A dispatch table that hands every operation of `service` to moto."""
    return dict.fromkeys(load_service(service).operation_names, localstack_moto._proxy_moto)
