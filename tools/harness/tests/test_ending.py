"""How a command ends before its result."""

import pytest

from coattail_harness.ending import ending


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [(ValueError("no such file"), 2, "audit: no such file\n"), (KeyboardInterrupt(), 130, "audit: interrupted\n")],
)
def test_a_command_ends_with_a_line_and_a_code(
    raised: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, ending("audit", ValueError):
        raise raised

    assert (ended.value.code, capsys.readouterr().err) == (code, line)


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(TypeError), ending("audit", ValueError):
        raise TypeError
