"""Fakes of the Lambda's seams, for its own tests and those of others."""

import threading
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext


class FakeGlue:
    """A Glue client over moto's, with what moto lacks: of two creators at once one wins.

    `before_create` is run each time a table is about to be created; `created` names the tables that were, in order.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()
        self.before_create: Callable[[], object] = lambda: None
        self.created: list[str] = []

    def create_database(self, **arguments: Any) -> Any:
        """As boto3's client."""
        with self._lock:
            return self._client.create_database(**arguments)

    def create_table(self, **arguments: Any) -> Any:
        """As boto3's client."""
        self.before_create()
        with self._lock:
            answer = self._client.create_table(**arguments)
            self.created.append(arguments["TableInput"]["Name"])
            return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class FakeContext(LambdaContext):
    """What a Lambda knows of its own invocation."""

    def __init__(self) -> None:
        self._function_name = "catalog-lambda"
        self._function_version = "$LATEST"
        self._invoked_function_arn = "arn:aws:lambda:us-west-2:000000000000:function:catalog-lambda"
        self._memory_limit_in_mb = 512
        self._aws_request_id = "00000000-0000-0000-0000-000000000000"
