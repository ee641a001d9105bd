"""What a package says it exports is what its `__init__` imports."""

import importlib
from types import ModuleType

import pytest


@pytest.mark.parametrize(
    "name",
    ["coattail_common.contracts", "coattail_connector", "coattail_runtime.link", "coattail_common.quality"],
)
def test_exported_members(name: str) -> None:
    package = importlib.import_module(name)

    public = {
        member
        for member, value in vars(package).items()
        if not member.startswith("_") and not isinstance(value, ModuleType)
    }

    assert set(package.__all__) == public
