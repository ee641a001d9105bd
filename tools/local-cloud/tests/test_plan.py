from collections.abc import Callable
from pathlib import Path

import pytest

from local_cloud.deploy.plan import Resource, chosen, packaged_services, read_plans
from local_cloud.deploy.references import resolved
from local_cloud.deploy.table import APPLIED, is_skipped
from local_cloud.deployed import Deployed, Entry, load, save
from local_cloud.errors import CloudError

REPOSITORY = Path(__file__).parents[3]


WritePlan = Callable[[str, int, list[dict[str, object]]], Path]


def test_plans_come_by_their_order(write_plan: WritePlan) -> None:
    write_plan("a-service", 2, [])
    folder = write_plan("platform", 0, [])
    assert [plan.stack for plan in read_plans(folder)] == ["platform", "a-service"]


def test_chosen_stacks_keep_the_order_of_their_plans(write_plan: WritePlan) -> None:
    for order, stack in enumerate(["platform", "a-service", "b-service"]):
        folder = write_plan(stack, order, [])
    plans = read_plans(folder)
    assert [plan.stack for plan in chosen(plans, ["b-service", "platform"])] == ["platform", "b-service"]
    assert chosen(plans, []) == plans


def test_a_stack_without_a_plan_is_named(write_plan: WritePlan) -> None:
    plans = read_plans(write_plan("platform", 0, []))
    with pytest.raises(CloudError, match="no plan is rendered of nothing: the stacks are platform"):
        chosen(plans, ["platform", "nothing"])


def test_services_to_pack_are_those_of_lambda_functions(write_plan: WritePlan) -> None:
    function = {"type": "aws_lambda_function", "values": {"s3_key": "dq-lambda/0.1.0.zip"}}
    other = {"type": "aws_s3_bucket", "values": {"bucket": "b"}}
    named = [{"address": str(number), "name": "x"} | one for number, one in enumerate([function, other, function])]
    assert packaged_services(read_plans(write_plan("dq-lambda", 1, named))) == ["dq-lambda"]


def test_a_folder_without_plans_and_a_broken_plan_are_named(tmp_path: Path, write_plan: WritePlan) -> None:
    with pytest.raises(CloudError, match="no rendered plan in"):
        read_plans(tmp_path)
    folder = write_plan("platform", 0, [{"address": 5}])
    with pytest.raises(CloudError, match=r"platform\.json .*resources\[0\]\.address"):
        read_plans(folder)


@pytest.mark.skipif(not (REPOSITORY / "infra" / "rendered").exists(), reason="only in the repository")
def test_every_type_of_the_repository_s_plans_is_applied_or_skipped() -> None:
    plans = read_plans(REPOSITORY / "infra" / "rendered" / "local")
    types = {resource.type for plan in plans for resource in plan.resources}
    assert [name for name in sorted(types) if name not in APPLIED and not is_skipped(name)] == []


def resource(references: dict[str, list[str]], values: dict[str, object]) -> Resource:
    return Resource(address="x.y", type="x", name="y", values=values, references=references)


APPLICATION = Entry(type="aws_emrserverless_application", id="00abc", arn="arn:application")
APPLIED_BEFORE = {"module.a.x.app": APPLICATION, "x.skipped": Entry(type="aws_subnet", id="", skipped=True)}


def test_arguments_that_refer_to_what_was_made_are_filled_in() -> None:
    references = {"value": ["module.a.x.app.id"], "block[0].arns[0]": ["module.a.x.app.arn"]}
    done = resolved(resource(references, {"name": "n", "block": [{"other": 1}]}), APPLIED_BEFORE)
    assert done.values == {"name": "n", "value": "00abc", "block": [{"other": 1, "arns": ["arn:application"]}]}


@pytest.mark.parametrize("source", [["x.skipped.id"], ["x.unknown.id"], ["module.a.x.app.name"], ["a.id", "b.id"], []])
def test_what_cannot_be_known_stays_open(source: list[str]) -> None:
    assert resolved(resource({"value": source}, {}), APPLIED_BEFORE).values == {}


def test_what_was_deployed_survives_its_file(tmp_path: Path) -> None:
    deployed = Deployed({}).having("detectors", "module.a.x.app", APPLICATION)
    save(tmp_path / "deployed.json", deployed)
    assert load(tmp_path / "deployed.json") == deployed
    assert deployed.emr_application_id == "00abc"


def test_asking_for_what_was_not_deployed_says_so(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match="nothing has been deployed yet"):
        load(tmp_path / "deployed.json")
    with pytest.raises(CloudError, match="0 resources of type aws_emrserverless_application"):
        _ = Deployed({}).emr_application_id
