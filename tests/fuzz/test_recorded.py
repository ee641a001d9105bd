"""First inputs from recordings: some of each shape, and a missing folder is said."""

import gzip
from pathlib import Path

import pytest
from fuzz.recorded import recorded


def test_there_are_some_of_each_shape(tmp_path: Path) -> None:
    lines = [b'17 {"e":"trade","t":%d}' % number for number in range(100)] + [
        b'18: {"code":2}',
        b"no frame",
        b'{"x":"' + b"y" * 99,
    ]
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"\n".join(lines)))
    (tmp_path / "b.jsonl").write_bytes(b'{"id":1}\n')

    found = recorded(("*.gz", "*.jsonl"), 50, tmp_path)

    assert found[-2:] == [b'{"code":2}', b'{"id":1}']
    assert found[0] == b'{"e":"trade","t":0}'
    assert 3 < len(found) < 20


def test_a_missing_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recorded(("*.gz",), 50, tmp_path / "none") == []
    assert "first inputs are the simulator's alone" in capsys.readouterr().err
