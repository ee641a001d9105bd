"""What happens when LocalStack comes up and goes down."""

from collections.abc import Callable

from localstack import config
from localstack.runtime import hooks

_GRACE_SECONDS = 8.0

_Hook = Callable[[], None]
_at_start: Callable[[_Hook], _Hook] = hooks.on_infra_start(priority=100)
_at_shutdown: Callable[[_Hook], _Hook] = hooks.on_infra_shutdown(priority=100)


@_at_start
def on_start() -> None:
    from .loopback import listen_only_on  # noqa: PLC0415 - Twisted chooses its reactor when it is first imported

    listen_only_on(config.GATEWAY_LISTEN[0].host)


@_at_shutdown
def on_shutdown() -> None:
    """Ends the job runs: their drivers are sessions of their own, which LocalStack's end does not reach."""
    from .providers import job_runs  # noqa: PLC0415 - hooks are loaded before services may be

    job_runs.end_all(_GRACE_SECONDS)
