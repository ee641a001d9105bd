"""How far the audit is, as plain lines and as a bar."""

import io

from rich.console import Console

from coattail_audit.progress import open_screen


def test_plain_lines_tell_of_each_phase_and_each_tenth_of_it() -> None:
    out = io.StringIO()

    with open_screen(Console(file=out), plain=True) as screen:
        screen.begin("finding the files", 0)
        screen.begin("auditing", 2_000)
        for _ in range(40):
            screen.advance(50)

    lines = [line.split("] ")[1] for line in out.getvalue().splitlines()]
    assert lines == ["finding the files", "auditing", *(f"{done:,} of 2,000" for done in range(200, 2_001, 200))]


def test_there_is_a_bar_on_a_terminal_and_nothing_elsewhere() -> None:
    for is_terminal in (True, False):
        out = io.StringIO()
        with open_screen(Console(file=out, force_terminal=is_terminal), plain=False) as screen:
            screen.begin("finding the files", 0)
            screen.begin("auditing", 2)
            screen.advance(2)
        assert ("auditing" in out.getvalue()) is is_terminal
