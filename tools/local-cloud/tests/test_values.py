import pytest

from local_cloud.deploy.values import Values
from local_cloud.errors import CloudError

VALUES = Values(
    "aws_x.y",
    {
        "name": "n",
        "port": 7400,
        "cpu": "256",
        "half": 0.5,
        "on": True,
        "nothing": None,
        "empty": "",
        "list": ["a"],
        "tags": {"a": "1", "b": None},
        "block": [{"inner": "value"}],
        "json": '{"a": 1}',
        "broken": "{",
    },
)


def test_values_are_read_by_their_type() -> None:
    assert VALUES.text("name") == "n"
    assert VALUES.text("port") == "7400"
    assert VALUES.number("cpu") == 256
    assert VALUES.optional_decimal("half") == 0.5
    assert VALUES.flag("on")
    assert VALUES.texts("list") == ["a"]
    assert VALUES.mapping("tags") == {"a": "1"}
    assert VALUES.block("block").text("inner") == "value"
    assert VALUES.document("json") == {"a": 1}


@pytest.mark.parametrize("name", ["nothing", "empty", "absent"])
def test_what_was_not_said_is_none_and_missed_where_it_is_needed(name: str) -> None:
    assert VALUES.optional_text(name) is None
    with pytest.raises(CloudError, match=rf"aws_x\.y: {name} is missing"):
        VALUES.text(name)


def test_a_wrong_type_is_named_with_its_address() -> None:
    with pytest.raises(CloudError, match=r"aws_x\.y: name should be a number, the plan has 'n'"):
        VALUES.number("name")
    with pytest.raises(CloudError, match=r"half should be a whole number"):
        VALUES.number("half")
    with pytest.raises(CloudError, match=r"list should be a text"):
        VALUES.text("list")
    with pytest.raises(CloudError, match=r"name should be true or false"):
        VALUES.flag("name")
    with pytest.raises(CloudError, match=r"broken is no JSON"):
        VALUES.document("broken")


def test_a_nested_address_leads_to_the_field() -> None:
    with pytest.raises(CloudError, match=r"aws_x\.y\.block\[0\]: other is missing"):
        VALUES.block("block").text("other")
