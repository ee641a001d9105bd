"""What happens when LocalStack comes up and goes down."""

import importlib
import os
from collections.abc import Callable
from typing import Any

from localstack import config
from localstack.runtime import hooks
from localstack.services.lambda_.hooks import inject_layer_fetcher, set_event_source_config_defaults

from .event_source import mapping
from .event_source.settings import KAFKA_DEFAULTS
from .functions import living
from .functions.environment import code_folder

_GRACE_SECONDS = 8.0

_Hook = Callable[[], None]
_at_start: Callable[[_Hook], _Hook] = hooks.on_infra_start(priority=100)
# Run when the Lambda service is made, which is when it is first called: nothing else of its hooks is.
_at_first_call_of_lambda: Callable[[Callable[[Any], None]], Callable[[Any], None]] = inject_layer_fetcher()
_Defaults = Callable[[dict[str, Any], Any, str], None]
_at_a_mapping_of_an_unknown_kind: Callable[[_Defaults], _Defaults] = set_event_source_config_defaults()
_at_shutdown: Callable[[_Hook], _Hook] = hooks.on_infra_shutdown(priority=100)


@_at_start
def on_start() -> None:
    from .loopback import listen_only_on  # noqa: PLC0415 - Twisted chooses its reactor when it is first imported

    _import_moto()
    listen_only_on(config.GATEWAY_LISTEN[0].host)


def _import_moto() -> None:
    """Import moto before there are threads. Its S3, IAM, logs and events import each other: first calls at the same time would each
    import from another end, and deadlock."""
    for service in ("s3", "iam", "logs", "events"):
        importlib.import_module(f"moto.{service}.models")


@_at_first_call_of_lambda
def on_functions(_provider: Any) -> None:
    from .event_source import poller  # noqa: PLC0415 - seconds, for who calls no Lambda
    from .functions import code  # noqa: PLC0415 - the same

    poller.install()
    code.install()


@_at_a_mapping_of_an_unknown_kind
def on_mapping_defaults(defaults: dict[str, Any], request: Any, _service: str) -> None:
    """Fill in what a mapping of Kafka has by default: LocalStack knows it of other kinds alone."""
    if "SelfManagedEventSource" in request:
        defaults |= KAFKA_DEFAULTS


@_at_shutdown
def on_shutdown() -> None:
    """Ends the handlers' processes and the job runs, whose drivers are sessions that LocalStack's end does not reach."""
    from .providers import job_runs  # noqa: PLC0415 - hooks are loaded before services may be

    # First, or the readers would have what they were delivering delivered again, by handlers that are started for it.
    mapping.stop_all()
    living.end_all(code_folder(os.environ))
    job_runs.end_all(_GRACE_SECONDS)
