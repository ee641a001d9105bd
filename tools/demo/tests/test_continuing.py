"""A demo on a kept cloud."""

import os
from pathlib import Path

import psutil
import pytest

from coattail_common.ids import ranges_of
from coattail_common.lines import encode_trade, pack
from coattail_demo.cloud import FIRST_STACKS, forget_landed, kept_cloud, note_landed, undeployed
from coattail_demo.continuing import write_following
from coattail_demo.errors import ConfigurationError
from coattail_demo.evidence import NOTHING_KEPT, AlertKey, Kept, StoredMarket
from coattail_demo.gathering import as_numbered
from coattail_demo.layout import find_layout
from coattail_demo.options import Options
from coattail_demo.ports import choose_ports
from coattail_demo.stream import ids_of
from coattail_testing.records import a_trade
from exchange_simulator.scenario_file import load_scenario
from local_cloud.deployed import Deployed, Entry, save
from local_cloud.record import Record, write_record
from local_cloud.settings import Kind

BITCOIN = StoredMarket("binance", "BTC-USDT", 7, ranges_of(range(3, 10)))
KEPT = Kept(stored=(BITCOIN,), alert_ids=frozenset({"a", "b"}), rejected=2, newest_at=1)


def trade(trade_id: int) -> bytes:
    return encode_trade(a_trade(trade_id, price="1", quantity="1", timestamp=1))


def test_generated_trades_go_on_after_the_kept_ones(tmp_path: Path) -> None:
    layout = find_layout(tmp_path)
    written = load_scenario(write_following(layout.demo_scenario, KEPT, tmp_path / "scenario.yaml"))
    original = load_scenario(layout.demo_scenario)
    assert written.markets[0].first_trade_id == 10
    assert written.markets[1:] == original.markets[1:]
    assert written.events == original.events


def test_generated_trades_go_on_after_those_in_the_stream(tmp_path: Path) -> None:
    """Spark was behind: the newest trades of the demo before are in no table yet."""
    layout = find_layout(tmp_path)
    behind = Kept(stored=(BITCOIN,), in_stream={("binance", "BTC-USDT"): ranges_of(range(5, 15))})
    written = load_scenario(write_following(layout.demo_scenario, behind, tmp_path / "scenario.yaml"))
    assert written.markets[0].first_trade_id == 15
    assert behind.has(AlertKey("whale_trade", "binance", "BTC-USDT", 14, 14))
    assert not behind.has(AlertKey("whale_trade", "binance", "BTC-USDT", 15, 15))


def test_that_all_has_landed_is_noted_until_trades_flow_again(tmp_path: Path) -> None:
    layout = find_layout(tmp_path)
    layout.cloud.mkdir()
    layout.kept.touch()
    assert not forget_landed(layout)
    note_landed(layout)
    assert forget_landed(layout)
    assert not forget_landed(layout)


def test_a_scenario_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.yaml: No such file"):
        write_following(tmp_path / "nothing.yaml", KEPT, tmp_path / "scenario.yaml")


def test_real_exchanges_sent_what_follows_the_kept_trades() -> None:
    now = StoredMarket("binance", "BTC-USDT", 12, ranges_of([*range(3, 10), *range(40, 45)]))
    assert [(one.first_trade_id, one.sent) for one in as_numbered((now,), KEPT)] == [(40, 5)]
    assert as_numbered((BITCOIN,), KEPT) == ()
    assert [(one.first_trade_id, one.sent) for one in as_numbered((now,), NOTHING_KEPT)] == [(3, 42)]


def test_only_a_marked_cloud_that_is_up_is_gone_on_with(tmp_path: Path) -> None:
    layout = find_layout(tmp_path)
    started_at = psutil.Process().create_time()
    write_record(layout.cloud / "cloud.json", Record(kind=Kind.HOST, port=4599, pid=os.getpid(), started_at=started_at))
    assert kept_cloud(layout) is None
    layout.kept.touch()
    assert kept_cloud(layout) == "http://127.0.0.1:4599"
    write_record(layout.cloud / "cloud.json", Record(kind=Kind.HOST, port=4599, pid=os.getpid(), started_at=1.0))
    assert kept_cloud(layout) is None


def test_the_kept_cloud_has_its_port() -> None:
    kept = "http://127.0.0.1:4599"
    assert choose_ports(Options(), kept).cloud == 4599
    assert choose_ports(Options(cloud_port=4599), kept).cloud == 4599
    with pytest.raises(ConfigurationError, match="leave --cloud-port 4600 out, or begin again with --fresh"):
        choose_ports(Options(cloud_port=4600), kept)


def test_a_stack_is_deployed_when_all_of_it_is(tmp_path: Path) -> None:
    layout = find_layout(tmp_path)
    every = undeployed(layout)
    assert set(FIRST_STACKS) < set(every)
    assert every[0] == "platform"
    save(layout.deployed, Deployed({}).having("platform", "aws_ssm_parameter.tier", Entry(type="x", id="x")))
    assert undeployed(layout) == every


def test_ids_on_the_stream_are_those_of_its_trades() -> None:
    records = [pack([trade(7), b"not a trade", trade(8)]), trade(12), b""]
    assert ids_of(records) == {("binance", "BTC-USDT"): ranges_of([7, 8, 12])}
    assert ids_of([]) == {}
