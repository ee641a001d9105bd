"""`./task fuzz`: its report, and what its exit code says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz import blind, report
from fuzz.__main__ import OptionError, again, choose
from fuzz.options import Options
from fuzz.target import Target
from fuzz.targets import TARGETS
from rich.console import Console


def fuzz(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fuzz", *arguments], cwd=root, capture_output=True, text=True, check=False
    )


def test_a_sound_run_ends_well_and_says_what_came_of_it(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]

    ended = fuzz(root, "--only", "spool", "--inputs", "300", "--engine", "blind", "--json", "--folder", str(tmp_path))

    made = json.loads(ended.stdout)
    assert (ended.returncode, made["is_sound"]) == (0, True)
    assert [(run["target"], run["inputs"]) for run in made["runs"]] == [("spool", 300)]
    assert sum(made["runs"][0]["said"].values()) > 300


def test_an_unknown_target_is_named_with_those_there_are() -> None:
    with pytest.raises(OptionError, match=r"'binanse' is no target; the targets are .*binance, "):
        choose(["binanse"])
    assert choose([]) == list(TARGETS)


def test_a_kept_input_is_put_again(
    broken: dict[str, Target], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (finding, *_) = blind.run(broken["raising"], 3_000, 7, tmp_path).findings
    options = Options(input=Path(finding.file))

    assert again([broken["raising"]], options) == 1
    assert "KeyError" in capsys.readouterr().err
    assert again(choose(["binance"]), options) == 0
    assert "refused: incomplete" in capsys.readouterr().out


def test_an_input_is_put_to_one_target_that_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="name it with --only"):
        again(TARGETS, Options(input=tmp_path))
    with pytest.raises(OptionError, match="cannot be read"):
        again(TARGETS[:1], Options(input=tmp_path / "none"))


def test_people_see_each_way_to_fail_and_the_command_that_shows_it(broken: dict[str, Target], tmp_path: Path) -> None:
    made = report.report(7, [blind.run(broken["raising"], 3_000, 7, tmp_path)])
    console = Console(record=True, width=120, file=(tmp_path / "shown").open("w"))

    with console.file:
        report.show(console, made)

    shown = console.export_text()
    assert not made.is_sound
    assert f"./task fuzz -- --only raising --input {made.runs[0].findings[0].file}" in shown
    assert "ways to fail" in shown
