"""Applies plans resource by resource, and keeps what came of it."""

from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.clients import Clients
from local_cloud.deployed import Deployed, Entry, load, save
from local_cloud.errors import CloudError

from .outcome import Action, Outcome
from .plan import FUNCTION, Plan, Resource, chosen, read_plans
from .published import Packages, publish
from .references import resolved
from .table import APPLIED, is_skipped

Report = Callable[[str], None]


def deploy_rendered(
    clients: Clients,
    plans: Path,
    deployed: Path,
    report: Report,
    packages: Packages | None = None,
    stacks: Collection[str] = (),
) -> Deployed:
    """Applies every plan of the folder `plans`, or those of `stacks`, and writes the file `deployed`. Doing it again changes nothing.

    `packages` gives the code of Lambda functions; without it their code must lie in its bucket already.

    Raises `CloudError` for a plan that cannot be read, a stack that has none, a type that is not supported, and a call that
    fails; each names the resource. What was applied before the error stays applied, and is in the file.
    """
    state = load(deployed) if deployed.exists() else Deployed(stacks={})
    rendered = chosen(read_plans(plans), stacks)
    for plan in rendered:
        _require_supported(plan)
    for plan in rendered:
        made: Counter[Action] = Counter()
        for resource in plan.resources:
            if packages and resource.type == FUNCTION and publish(clients, resource.read(), packages):
                report(f"{plan.stack}: {resource.address}: its code is published")
            outcome = _apply(clients, resolved(resource, state.stack(plan.stack)))
            made[outcome.action] += 1
            if outcome.action in {Action.CREATED, Action.UPDATED}:
                report(f"{plan.stack}: {resource.address} {outcome.action}")
            entry = Entry(type=resource.type, id=outcome.id, arn=outcome.arn, skipped=outcome.action is Action.SKIPPED)
            state = state.having(plan.stack, resource.address, entry)
            save(deployed, state)
        counts = ", ".join(f"{count} {action}" for action, count in made.items())
        report(f"{plan.stack}: {counts or 'nothing in it'}")
        if skipped := [resource.address for resource in plan.resources if is_skipped(resource.type)]:
            report(f"{plan.stack}: skipped, as the emulator does not serve them: {', '.join(skipped)}")
    return state


def _require_supported(plan: Plan) -> None:
    for resource in plan.resources:
        if resource.type not in APPLIED and not is_skipped(resource.type):
            raise CloudError(
                f"{plan.stack}: {resource.address} is of a type that local-cloud cannot apply: "
                f"write a function for {resource.type} and name it in local_cloud/deploy/table.py"
            )


def _apply(clients: Clients, resource: Resource) -> Outcome:
    if is_skipped(resource.type):
        return Outcome(Action.SKIPPED, "")
    try:
        return APPLIED[resource.type](clients, resource.read())
    except (ClientError, BotoCoreError, RuntimeError) as error:
        raise CloudError(f"{resource.address} could not be applied: {error}") from error
