"""What stacks have alike is written once, in infra/shared, and each stack links to it."""

from collections import Counter
from pathlib import Path

import pytest
from infra.offline import layout
from infra.offline.terraform import working_copy

SHARED = layout.INFRA / "shared"


def links(stack: str) -> dict[str, Path]:
    """The stack's links by name, and where they lead."""
    found = (layout.STACKS / stack).iterdir()
    return {path.name: path.readlink() for path in found if path.is_symlink()}


@pytest.mark.parametrize("stack", layout.STACK_ORDER)
def test_stack_links_to_the_shared_files(stack: str) -> None:
    """A link is relative: it must lead to the same file in every clone."""
    shared = {"versions.tf", "connector.tf"} if stack in layout.CONNECTORS else {"versions.tf"}

    assert links(stack) == {name: Path("../../shared") / name for name in shared}
    assert all((SHARED / name).is_file() for name in shared)


def test_stacks_repeat_no_file() -> None:
    texts = Counter(path.read_text() for path in layout.STACKS.rglob("*.tf") if not path.is_symlink())

    assert [text for text, times in texts.items() if times > 1] == []


def test_every_shared_file_is_linked_to() -> None:
    linked = {name for stack in layout.STACK_ORDER for name in links(stack)}

    assert {path.name for path in SHARED.iterdir()} == linked


def test_working_copy_holds_what_a_link_leads_to(tmp_path: Path) -> None:
    """Terraform runs there, where `shared` does not exist."""
    copy = working_copy(tmp_path / "work" / "infra")

    assert not any(path.is_symlink() for path in copy.rglob("*"))
    for stack in layout.STACK_ORDER:
        assert (copy / "stacks" / stack / "versions.tf").read_text() == (SHARED / "versions.tf").read_text()
