"""Plain lines."""

import io

from rich.console import Console

from coattail_harness.screen import PlainLines


def test_plain_lines_carry_the_seconds_since_the_beginning() -> None:
    paper = io.StringIO()
    PlainLines(Console(file=paper, width=20)).say("a line that is longer than the paper [is wide]")
    assert paper.getvalue() == "[   0.0] a line that is longer than the paper [is wide]\n"
