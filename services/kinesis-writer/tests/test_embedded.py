"""The writer beside its connectors: what it lacks there."""

from pathlib import Path

import pytest

from coattail_runtime.settings import read
from kinesis_writer.embedded import embedded
from kinesis_writer.settings import Settings


async def test_embedded_refuses_a_spool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = read(Settings, ["--spool", str(tmp_path)], {})
    with pytest.raises(SystemExit) as ended:
        async with embedded(settings, print):
            pass
    assert ended.value.code == 2
    assert "leave KINESIS_WRITER_SPOOL out" in capsys.readouterr().err
