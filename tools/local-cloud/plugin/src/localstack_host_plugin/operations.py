"""From methods of ours to the dispatch table that LocalStack calls: operation name → function of (context, request)."""

from collections.abc import Callable, Mapping
from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.spec import load_service
from localstack.services.plugins import Service

# What the AWS protocol carries. The shapes are the service model's: these dicts are the wire, and go no further inward.
Request = Mapping[str, Any]
Response = dict[str, Any]
Operation = Callable[[RequestContext, Request], Response]


def translated(operation: Operation, error_type: type[Exception], code: Callable[[Exception], str]) -> Operation:
    """`operation`, with errors of `error_type` turned into AWS errors of the API's own names."""

    def call(context: RequestContext, request: Request) -> Response:
        try:
            return operation(context, request or {})
        except error_type as error:
            raise CommonServiceException(code(error), str(error), status_code=400, sender_fault=True) from error

    return call


class _Provider:
    """What LocalStack asks of a provider: the name of its service."""

    def __init__(self, service: str) -> None:
        self.service = service


def service_of(name: str, table: Mapping[str, Callable[..., Any]]) -> Service:
    """A LocalStack service that answers with `table`; what is not in it answers 501.

    Raises `ValueError` when the table names an operation that the service's model does not have.
    """
    if unknown := set(table) - set(load_service(name).operation_names):
        raise ValueError(f"{name} has no operations {sorted(unknown)}")
    return Service.for_provider(_Provider(name), dispatch_table_factory=lambda _provider: dict(table))
