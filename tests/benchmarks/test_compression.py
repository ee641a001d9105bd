"""What a compressed record is billed as, and what the corpora are made of."""

from itertools import pairwise

import pytest
from benchmarks import compression
from benchmarks.compression_lines import corpora

from coattail_common.lines import decode_trade, pack

US = dict.fromkeys(("compress", "decompress", "put", "get"), 1.0)


def test_cell_bills_each_record_in_full_kilobytes() -> None:
    cell = compression._cell("recorded", "none", 10, [b"x" * 1_025, b"x" * 1_024], US)

    assert (cell.bytes, cell.billed) == (102.5, 153.6)  # 2,049 and 3,072 bytes over 20 lines


@pytest.mark.parametrize(("size", "taken"), [(100, 1_000), (4_096, 256)])
def test_cell_has_the_tighter_limit_of_a_shard(size: int, taken: int) -> None:
    """1 MB or 1,000 records in a second, whichever is reached first."""
    cell = compression._cell("recorded", "none", 1, [b"x" * size], US)

    assert cell.shard_lines == taken


def test_records_are_full_and_of_one_market() -> None:
    markets = [[b"a1", b"a2", b"a3"], [b"b1", b"b2"]]

    assert compression._records(markets, 2) == [pack([b"a1", b"a2"]), pack([b"b1", b"b2"])]


def test_every_codec_gives_back_what_it_was_given() -> None:
    lines = [b'{"trade_id":%d,"price":"%d.00"}' % (number, number * 7) for number in range(500)]

    for codec in compression._codecs(compression._trained([lines])):
        assert codec.decompress(codec.compress(pack(lines))) == pack(lines)


def test_answers_hold_the_records_that_are_read() -> None:
    records = [b"one", b"two"]
    (body,) = compression._answers(records)
    read = compression._WIRE.parser.parse(
        {"status_code": 200, "headers": {}, "body": body}, compression._WIRE.get.output_shape
    )

    assert [one["Data"] for one in read["Records"]] == records


def test_generated_lines_are_trades_of_one_market_in_order() -> None:
    generated = corpora()["generated"]

    assert len(generated) == 6
    for lines in generated:
        trades = [decode_trade(line) for line in lines]
        assert len({(trade.exchange, trade.symbol) for trade in trades}) == 1
        assert all(before.trade_id + 1 == after.trade_id for before, after in pairwise(trades))
