"""How the services are started."""

import sys
from pathlib import Path

from coattail_chaos.faults import Fault, Tally
from coattail_chaos.services import Addresses, Setup


def flags(words: tuple[str, ...]) -> dict[str, str]:
    first = next(place for place, word in enumerate(words) if word.startswith("--"))
    return dict(zip(words[first::2], words[first + 1 :: 2], strict=True))


def test_the_connector_is_the_deployed_one_with_a_durable_cursor(tmp_path: Path) -> None:
    setup = Setup(tmp_path, Tally())
    command = setup.connector("binance", ("BTC-USDT", "ETH-USDT"), Addresses("ws://x", "http://y"), 7)

    assert command.words[:3] == (sys.executable, "-m", "ingest_binance")
    assert flags(command.words)["--cursors"] == f"file:{tmp_path}/cursors"
    assert flags(command.words)["--link-url"] == "ws://127.0.0.1:7"


def test_a_disk_that_is_to_be_lost_is_lost_once_and_its_bytes_are_counted(tmp_path: Path) -> None:
    tally = Tally()
    setup = Setup(tmp_path, tally)
    setup.spool.mkdir()
    (setup.spool / "1.spool").write_bytes(b"12345")
    setup.lose_disk = True
    setup.writer(1)
    assert not setup.spool.exists()
    setup.spool.mkdir()
    setup.writer(1)

    assert setup.spool.exists()
    assert setup.bytes_lost == 5
    assert tally.copy() == {Fault.SPOOL_LOST: 1}


def test_disk_and_clock_are_put_around_the_command_and_taken_away(tmp_path: Path) -> None:
    setup = Setup(tmp_path, Tally())
    plain = setup.writer(1)
    setup.disk_kilobytes, setup.clock = 64, tmp_path / "clock"
    words = setup.writer(1).words

    assert setup.changed
    assert words[0] == "unshare"
    assert ("coattail_chaos.stepped_clock", str(tmp_path / "clock"), "kinesis_writer") == words[
        (at := words.index("coattail_chaos.stepped_clock")) : at + 3
    ]
    assert flags(words[words.index("kinesis_writer") :])["--spool"] == str(tmp_path / "disk")
    setup.heal()
    assert not setup.changed
    assert setup.writer(1) == plain
