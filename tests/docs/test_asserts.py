"""An assert changes nothing: `python -O` leaves it out, with all that it does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("libs", "services", "tools", "infra", "fuzz", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if not {"tests", ".venv", "node_modules"} & set(path.relative_to(ROOT).parts)
)
PURE = {
    "isinstance",
    "issubclass",
    "type",
    "len",
    "all",
    "any",
    "sum",
    "Decimal",
    "trade_line",
    "monotonic",
    "str",
    "int",
}
ACTING = (ast.Await, ast.NamedExpr, ast.Yield, ast.YieldFrom)


def acts(test: ast.expr) -> Iterator[str]:
    """What in the condition of an assert may change something: a call that is not known to be pure."""
    for node in ast.walk(test):
        if isinstance(node, ACTING):
            yield ast.unparse(node)
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in PURE:
                yield ast.unparse(node)


def test_sources_are_found() -> None:
    assert len(SOURCES) > 300


@pytest.mark.parametrize("text", ["waiting.popleft() is one", "(x := f)", "next(lines) == 1"])
def test_acts_names_what_an_assert_does(text: str) -> None:
    assert list(acts(ast.parse(text, mode="eval").body))


def test_no_assert_does_anything() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {act}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assert)
        for act in acts(node.test)
    ]
    assert found == []
