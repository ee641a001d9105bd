"""What no file of the project names: a registry that packages come from, or a path of somebody's machine."""

import re
from pathlib import Path
from typing import Any, Final

_HOST: Final = re.compile(
    r"\b(?:registry|index|files|proxy|mirror|repo\d*|packages?|public)\.[a-z0-9.-]+\.(?:org|io|com|dev|aws)\b"
    r"|\b(?:pyp[i]|npmj[s]|ghc[r]|qua[y]|pythonhoste[d]|rubygem[s])\.(?:org|com|io)\b",
    re.IGNORECASE,
)
_MACHINE: Final = re.compile(r"(?<![\w.}$/-])/(?:work|root|home/\w+|Users/\w+|tmp/[a-z])/")
_CODE: Final = {
    ".md",
    ".py",
    ".yml",
    ".yaml",
    ".toml",
    ".tf",
    ".tfvars",
    ".hcl",
    ".lock",
    ".in",
    ".json",
    ".go",
    ".sh",
    "",
}


def test_no_document_names_a_registry_or_a_machine(documents: list[Any]) -> None:
    named = [
        f"{one.name}: {found.group()}"
        for one in documents
        for pattern in (_HOST, _MACHINE)
        for found in pattern.finditer(one.text)
    ]

    assert named == []


def test_no_file_names_a_registry(project_files: list[Path], root: Path) -> None:
    named = [
        f"{path.relative_to(root)}: {found.group()}"
        for path in project_files
        if path.suffix in _CODE and path != Path(__file__)
        for found in _HOST.finditer(path.read_text(errors="replace"))
    ]

    assert named == []
