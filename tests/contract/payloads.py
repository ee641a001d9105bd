"""The golden payloads: a folder for each contract and version. They are kept for ever, and every consumer must read them."""

from pathlib import Path

import msgspec

GOLDEN = Path(__file__).parent / "golden"


class Golden(msgspec.Struct, frozen=True):
    """A golden payload: `contract` is the path of its schema file, `payload` compact as on the wire."""

    contract: str
    name: str
    payload: bytes


def golden(below: str) -> list[Golden]:
    """Every payload of the contracts below a folder of `golden/`."""
    files = sorted((GOLDEN / below).rglob("*.json"))
    return [
        Golden(f"{path.parent.relative_to(GOLDEN)}.json", path.stem, msgspec.json.format(path.read_bytes(), indent=-1))
        for path in files
    ]


def name_of(payload: Golden) -> str:
    """A payload's name in pytest's output."""
    return f"{payload.contract}:{payload.name}"
