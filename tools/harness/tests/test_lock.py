"""A folder is held by one run at a time."""

from pathlib import Path

import pytest

from coattail_harness.errors import HarnessError
from coattail_harness.lock import alone


def test_lock_refuses_a_second_run(tmp_path: Path) -> None:
    lock = tmp_path / "state" / "lock"
    refusal = HarnessError("taken")
    with alone(lock, refusal), pytest.raises(HarnessError, match="taken"), alone(lock, refusal):
        pass
    with alone(lock, refusal):
        pass
