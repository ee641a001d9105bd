"""A process's scratch is gone when the process is."""

import subprocess
import sys
from pathlib import Path

MAKES_ONE = """
import sys
from stream_detectors.scratch import scratch_folder
folder = scratch_folder(sys.argv[1])
(folder / "commits").mkdir()
(folder / "commits" / "0").write_text("v1")
print(folder)
"""


def test_it_is_gone_with_its_process(tmp_path: Path) -> None:
    within = tmp_path / "not" / "yet"
    made = subprocess.run([sys.executable, "-c", MAKES_ONE, within], capture_output=True, text=True, check=True).stdout
    assert Path(made.strip()).parent == within
    assert list(within.iterdir()) == []
