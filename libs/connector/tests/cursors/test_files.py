import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from coattail_connector.cursors import CursorsBrokenError, CursorsRefusedError, FileCursors

WRITER = """
import asyncio, itertools, pathlib, sys
from coattail_connector.cursors import FileCursors

async def main():
    store = FileCursors(pathlib.Path(sys.argv[1]), "binance")
    for number in itertools.count():
        await store.advance({"BTC-USDT": number})
        print(number, flush=True)

asyncio.run(main())
"""


async def test_what_was_written_survives_kill_9(tmp_path: Path) -> None:
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(tmp_path), stdout=PIPE)
        assert process.stdout is not None
        for _ in range(30):
            written = int(await process.stdout.readline())
        process.kill()
        await process.communicate()
        stored = await FileCursors(tmp_path, "binance").get(["BTC-USDT"])
        assert stored["BTC-USDT"] >= written


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "binance.json holds no cursors"),
        (b'{"exchange": "binance", "cursors": {"BTC-USDT": "x"}}', r"\$.cursors"),
        (b"\xff", "binance.json holds no cursors"),
        (b'{"exchange": "coinbase", "cursors": {}}', "holds the cursors of coinbase, not of binance"),
    ],
)
async def test_a_file_that_holds_something_else_is_told_and_left_alone(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "binance.json"
    path.write_bytes(content)
    store = FileCursors(tmp_path, "binance")
    with pytest.raises(CursorsBrokenError, match=problem):
        await store.get(["BTC-USDT"])
    with pytest.raises(CursorsBrokenError, match=problem):
        await store.advance({"BTC-USDT": 1})
    assert path.read_bytes() == content


async def test_a_folder_that_cannot_be_one_is_reported_before_the_first_trade(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("long" * 100)):
        with pytest.raises(CursorsRefusedError, match=rf"cannot keep cursors in {folder} \("):
            await FileCursors(folder, "binance").get(["BTC-USDT"])
