"""What the package says it exports is what its `__init__` imports."""

from types import ModuleType

import kinesis_writer


def test_exported_members() -> None:
    public = {
        member
        for member, value in vars(kinesis_writer).items()
        if not member.startswith("_") and not isinstance(value, ModuleType)
    }

    assert set(kinesis_writer.__all__) == public
