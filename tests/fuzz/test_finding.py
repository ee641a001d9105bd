"""That the harness can fail: parsers which are broken on purpose are found out, with an input that shows it."""

from pathlib import Path

import pytest
from fuzz import blind, guided
from fuzz.target import Target, ViolationError
from fuzz.trial import Trial

BROKEN = [
    ("raising", KeyError, "KeyError"),
    ("silent", ViolationError, "a refusal has a detail"),
    ("rounding", ViolationError, "the quote volume is the exact product"),
]


@pytest.mark.parametrize(("name", "error", "says"), BROKEN)
def test_it_is_found_blindly_and_can_be_shown_again(
    broken: dict[str, Target], tmp_path: Path, name: str, error: type[Exception], says: str
) -> None:
    run = blind.run(broken[name], 3_000, 7, tmp_path)

    (finding,) = (one for one in run.findings if one.what.startswith(says))
    assert finding.inputs > 0
    with pytest.raises(error, match=says if error is ViolationError else None):
        list(broken[name].judge(Path(finding.file).read_bytes()))


@pytest.mark.skipif(not guided.installed(), reason="Atheris is not installed: its wheels are for Linux on x86_64")
def test_it_is_found_by_coverage(broken: dict[str, Target], tmp_path: Path) -> None:
    heard: list[int] = []

    run = guided.run(broken["raising"], 5_000, 7, tmp_path, heard.append, module="fuzz.testing")

    assert (run.inputs, heard[-1]) == (5_000, 5_000)
    assert run.edges is not None
    assert run.edges > 20  # some thirty, which differs with the exchanges that are there
    (finding,) = run.findings
    with pytest.raises(KeyError):
        list(broken["raising"].judge(Path(finding.file).read_bytes()))


@pytest.mark.skipif(not guided.installed(), reason="Atheris is not installed: its wheels are for Linux on x86_64")
def test_what_takes_the_process_with_it_is_found_too(broken: dict[str, Target], tmp_path: Path) -> None:
    run = guided.run(broken["aborting"], 5_000, 7, tmp_path, module="fuzz.testing")

    (finding,) = run.findings
    assert finding.what.startswith("the process broke off with code ")
    assert b"null" in Path(finding.file).read_bytes()


def test_the_same_seed_gives_the_same_inputs(broken: dict[str, Target], tmp_path: Path) -> None:
    one, same, other = (blind.run(broken["raising"], 1_000, seed, tmp_path) for seed in (7, 7, 8))

    assert (one.said, one.findings) == (same.said, same.findings)
    assert one.said != other.said


def test_of_inputs_that_fail_alike_the_shortest_is_kept(tmp_path: Path) -> None:
    def fail(content: bytes) -> list[str]:
        raise KeyError(content)

    trial = Trial(Target("failing", fail, ()), tmp_path)
    for content in (b"long", b"s", b"short"):
        trial.put(content)

    (finding,) = trial.findings
    assert (finding.inputs, Path(finding.file).read_bytes()) == (3, b"s")
    assert len(list(tmp_path.iterdir())) == 1
