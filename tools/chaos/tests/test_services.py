"""How the services are started."""

import sys
from pathlib import Path

from coattail_chaos.disk import Disk
from coattail_chaos.faults import Tally
from coattail_chaos.services import Addresses, Setup, link_url


def flags(words: tuple[str, ...]) -> dict[str, str]:
    first = next(place for place, word in enumerate(words) if word.startswith("--"))
    return dict(zip(words[first::2], words[first + 1 :: 2], strict=True))


def test_the_connector_is_the_deployed_one_with_a_durable_cursor_and_all_writers(tmp_path: Path) -> None:
    links = (link_url(7), link_url(8))
    command = Setup(tmp_path).connector("kraken", ("BTC-USD", "ETH-USD"), Addresses("ws://x", "http://y", links))

    assert command.words[:3] == (sys.executable, "-m", "ingest_kraken")
    assert flags(command.words)["--cursors"] == f"file:{tmp_path}/cursors"
    assert flags(command.words)["--link-url"] == "ws://127.0.0.1:7,ws://127.0.0.1:8"


def test_each_writer_has_a_spool_of_its_own(tmp_path: Path) -> None:
    setup = Setup(tmp_path)
    first, second = (flags(setup.writer(1, Disk(tmp_path, name, Tally())).words) for name in ("one", "two"))

    assert (first["--spool"], second["--spool"]) == (f"{tmp_path}/spool/one", f"{tmp_path}/spool/two")


def test_disk_and_clock_are_put_around_the_command_and_taken_away(tmp_path: Path) -> None:
    setup, disk = Setup(tmp_path), Disk(tmp_path, "one", Tally())
    plain = setup.writer(1, disk)
    setup.disk_kilobytes, setup.clock = 64, tmp_path / "clock"
    words = setup.writer(1, disk).words

    assert setup.changed
    assert words[0] == "unshare"
    assert ("coattail_chaos.stepped_clock", str(tmp_path / "clock"), "kinesis_writer") == words[
        (at := words.index("coattail_chaos.stepped_clock")) : at + 3
    ]
    assert flags(words[words.index("kinesis_writer") :])["--spool"] == str(tmp_path / "disk" / "one")
    setup.heal()
    assert not setup.changed
    assert setup.writer(1, disk) == plain
