"""Options: what goes together, and one clear line when it does not."""

from pathlib import Path

import pytest

from coattail_demo.options import GENERATED_SECONDS, Options
from coattail_runtime.settings import read
from exchange_simulator.settings import one_each


def options(*flags: str) -> Options:
    return read(Options, one_each(flags, "--replay"), {})


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.gz"
    path.touch()
    return path


def test_by_default_generated_trades_flow_for_a_minute() -> None:
    assert options().duration == GENERATED_SECONDS
    assert options().generates
    assert not options("--live").generates


def test_a_replay_plays_to_its_end_unless_told_otherwise(recording: Path) -> None:
    flags = ("--replay", str(recording), str(recording), "--exchange", "binance")
    assert options(*flags).duration is None
    assert options(*flags).replay == [recording, recording]
    assert options(*flags, "--seconds", "5").duration == 5


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--seconds", "0"), "seconds: Input should be greater than 0"),
        (("--secnds", "5"), "unrecognized arguments: --secnds"),
        (("--exchange", "binance"), "--exchange belongs to --replay"),
        (("--speed", "2"), "--speed belongs to --replay"),
        (("--scenario", "no-such.yaml"), "--scenario no-such.yaml: there is no such file"),
        (("--features", "no-such.yaml"), "--features no-such.yaml: there is no such file"),
        (("--replay", "no-such.gz", "--exchange", "binance"), "--replay no-such.gz: there is no such file"),
        (("--report", "no-such-folder/report.json"), "the folder"),
        (("--live", "--seed", "3"), "--seed is for generated trades and cannot be given with --live"),
        (("--cloud-port", "70000"), "cloud_port: Input should be less than or equal to 65535"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(
    flags: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        options(*flags)
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]


def test_a_replay_does_not_say_which_exchange_it_is_of(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options("--replay", str(recording))
    assert capsys.readouterr().err == (
        "configuration: --replay needs --exchange: a recording does not say which exchange it is of\n"
    )


def test_live_and_replay_are_two_things(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options("--live", "--replay", str(recording), "--exchange", "binance")
    assert "--live and --replay cannot be given together" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--replay", "a", "b", "--seed", "1"], ["--replay", "a", "--replay", "b", "--seed", "1"]),
        (["--seed", "1", "2"], ["--seed", "1", "2"]),
        ([], []),
    ],
)
def test_a_flag_takes_several_values(given: list[str], expected: list[str]) -> None:
    assert one_each(given, "--replay") == expected
