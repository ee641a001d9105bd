"""A small disk for one process."""

import subprocess
from pathlib import Path

import pytest

from coattail_chaos import small_disk


def test_it_has_no_more_space_than_it_was_given_and_is_gone_with_its_process(tmp_path: Path) -> None:
    if not small_disk.possible(tmp_path):
        pytest.skip("this machine lets nobody mount a disk in a namespace of its own")
    words = ("dd", "if=/dev/zero", f"of={tmp_path}/file", "bs=64k", "count=8")
    done = subprocess.run(small_disk.on_small_disk(tmp_path, 256, words), capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "No space left on device" in done.stderr
    assert list(tmp_path.iterdir()) == []
