"""LocalStack's execution environments, each a process of this machine where LocalStack itself would start a container."""

import os
from typing import Any

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from . import living
from .environment import handler_environment, state_folder, words
from .environment_log import EnvironmentLog
from .invocations import Invocation, Invocations
from .process import HandlerProcess

_ADDRESS = "127.0.0.1"


class HostExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]  # LocalStack has no types
    """Chosen by LAMBDA_RUNTIME_EXECUTOR=host."""

    name = "host"

    def load(self, *_arguments: Any, **_options: Any) -> type["HostExecutor"]:
        return HostExecutor


class HostExecutor(RuntimeExecutor):  # type: ignore[misc]  # LocalStack has no types
    """One execution environment of a function version: its code is the unpacked zip, its runtime this Python's.

    Architecture, memory and ephemeral storage are stored with the function and change nothing here.
    """

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 - the base class's name
        super().__init__(id, function_version)
        folder = state_folder(os.environ) / function_version.id.function_name
        self._log = EnvironmentLog(folder / f"{id[:8]}.log")
        self._pid_file = folder / f"{id[:8]}.pid"
        self._invocations: Invocations | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        package = self.function_version.config.code.get_unzipped_code_location()
        environment = handler_environment(os.environ, env_vars, package)

        def start_process() -> HandlerProcess:
            return HandlerProcess(words(), environment, package, self._log.path)

        self._invocations = Invocations(start_process, self._log, self._pid_file)
        living.add(self)
        self._invocations.warm_up()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        if self._invocations is None:
            raise RuntimeError(f"execution environment {self.id} was asked to work before it was started")
        invocation = Invocation(
            request_id=payload["invoke-id"],
            function_arn=payload["invoked-function-arn"],
            trace_id=payload["trace-id"],
            event=payload["payload"],
            timeout=float(self.function_version.config.timeout),
        )
        result = self._invocations.invoke(invocation)
        return InvocationResult(invocation.request_id, result.payload, result.is_error, result.logs)

    def stop(self) -> None:
        living.discard(self)
        if self._invocations is not None:
            self._invocations.stop()

    def get_logs(self) -> str:
        return self._log.text()

    def get_address(self) -> str:
        return _ADDRESS

    def get_endpoint_from_executor(self) -> str:
        return _ADDRESS

    def get_runtime_endpoint(self) -> str:
        """Nothing calls back: the process answers through its pipe."""
        return f"http://{_ADDRESS}:{config.GATEWAY_LISTEN[0].port}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Raises `ValueError` for a function that is an image, which LocalStack tells as the function's state."""
        if function_version.config.code is None:
            raise ValueError("a function that is a container image cannot run here: only zip packages can")
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """The unpacked code stays: another version may run it. LocalStack removes it with the function."""
