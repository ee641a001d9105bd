"""What the harness's tests share."""

import pytest
from fuzz.target import Target
from fuzz.testing import TARGETS


@pytest.fixture
def broken() -> dict[str, Target]:
    """The targets that are broken on purpose, by name."""
    return {target.name: target for target in TARGETS}
