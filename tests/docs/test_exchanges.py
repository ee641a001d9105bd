"""How an exchange is added: the page has every case of the suite, as the suite has it."""

from typing import Any

from coattail_testing.conformance import CASES


def test_the_page_lists_the_suite(documents: list[Any]) -> None:
    (page,) = (one.text for one in documents if one.name == "docs/adding-an-exchange.md")
    rows = [f"| {case.id} | {case.title} | {' '.join((case.play.__doc__ or '').split())} |" for case in CASES]
    assert "\n".join(rows) in page
