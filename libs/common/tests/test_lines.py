"""The line format: what is packed is unpacked, whatever it says."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.contracts import Trade
from coattail_common.lines import SEPARATOR, decode_trade, each, encode_trade, pack, unpack
from coattail_testing.records import a_trade


@given(st.text(), st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_a_trade_comes_back_from_its_line(text: str, digits: str) -> None:
    trade = msgspec.structs.replace(a_trade(1), event_id=text, exchange=text, price=digits)

    line = encode_trade(trade)

    assert SEPARATOR not in line
    assert decode_trade(line) == trade


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=100))
def test_a_record_of_many_trades_is_read_as_one_of_one(trade_ids: list[int]) -> None:
    trades = [a_trade(trade_id) for trade_id in trade_ids]

    payload = pack(encode_trade(trade) for trade in trades)

    assert [decode_trade(line) for line in unpack(payload)] == trades


def test_the_exchanges_digits_survive() -> None:
    trade = a_trade(1, price="0.000000010000000000", quantity="12345678901234567890.123456789012345678")

    assert decode_trade(encode_trade(trade)).price == "0.000000010000000000"
    assert decode_trade(encode_trade(trade)).quantity == "12345678901234567890.123456789012345678"


def test_the_line_is_json_with_the_fields_in_order() -> None:
    decoded = msgspec.json.decode(encode_trade(a_trade(7)), type=dict[str, object])

    assert list(decoded) == [field.name for field in msgspec.structs.fields(Trade)]
    assert decoded["side"] == "buy"
    assert decoded["trade_id"] == 7


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"side": "hold"}, "$.side"),
        ({"price": "1e5"}, "$.price"),
        ({"price": "-1"}, "$.price"),
        ({"price": 65000.1}, "$.price"),
        ({"quantity": "1.0000000000000000001"}, "$.quantity"),
        ({"symbol": "BTCUSDT"}, "$.symbol"),
        ({"symbol": "BTC-USDT\n"}, "$.symbol"),
        ({"price": "1\n"}, "$.price"),
        ({"timestamp": -1}, "$.timestamp"),
        ({"trade_id": "7"}, "$.trade_id"),
        ({"origin": "guess"}, "$.origin"),
        ({"schema_version": 2**31}, "$.schema_version"),
    ],
)
def test_what_is_not_a_trade_is_refused_and_says_where(change: dict[str, object], where: str) -> None:
    line = msgspec.json.encode(msgspec.to_builtins(a_trade(1)) | change)

    with pytest.raises(msgspec.ValidationError) as refused:
        decode_trade(line)

    assert f"`{where}`" in str(refused.value)


@pytest.mark.parametrize("line", [b"", b"{", b"\xff", b"null x"])
def test_what_is_not_json_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_trade(line)


@given(st.lists(st.sampled_from([b"", b"a", b"\n", b"\xff", b"{}"]), max_size=30))
def test_each_yields_the_lines_of_unpack(parts: list[bytes]) -> None:
    """However separators stand: at the beginning, at the end, in a row, or alone."""
    payload = b"".join(parts)

    assert list(each(payload)) == unpack(payload)
