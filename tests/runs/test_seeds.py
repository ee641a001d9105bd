"""The runs with many seeds: each with its own, red when one is."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BODY = """
from hypothesis import given, strategies

@given(strategies.integers(0, 2**40))
def test_it(number):
    assert number % 40
"""


def run(folder: Path, body: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the seeds over one file of tests, which has this project's profiles."""
    (folder / "test_it.py").write_text(body)
    (folder / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", "tests.seeds", *words, "--rootdir", str(folder), str(folder)],
        env=environment | {"PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_seeds_that_fail_are_counted_and_named(tmp_path: Path) -> None:
    done = run(tmp_path, BODY, "2", "--first", "7")

    assert done.returncode == 1
    assert "--hypothesis-seed=7 TEST" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 of 2 seeds failed"


def test_seeds_are_green_for_a_test_that_is_right(tmp_path: Path) -> None:
    done = run(tmp_path, BODY.replace("number % 40", "number >= 0"), "2")

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "0 of 2 seeds failed"


def test_seeds_try_other_examples_and_a_plain_run_the_same(tmp_path: Path) -> None:
    """What a test is shown is written down: twice the same without a seed, and different for two seeds."""
    body = BODY.replace("    assert number % 40", "    open('shown', 'a').write(f'{number} ')")
    shown = []
    (tmp_path / "test_it.py").write_text(body)
    (tmp_path / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    for flags in ([], [], ["--hypothesis-seed=1"], ["--hypothesis-seed=2"]):
        (tmp_path / "shown").unlink(missing_ok=True)
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), str(tmp_path), *flags],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            capture_output=True,
            check=True,
        )
        shown.append((tmp_path / "shown").read_text())

    assert shown[0] == shown[1]
    assert len(set(shown)) == 3
