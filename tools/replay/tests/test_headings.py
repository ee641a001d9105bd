"""What the names in a header hold."""

import re

import pytest

from coattail_replay.columns import Columns, SideMeaning, parse
from coattail_replay.errors import InputError
from coattail_replay.formats import Format, Layout, as_told, recognise
from coattail_replay.headings import proposal, proposal_by_numbers, read


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("time,price,size,side", "timestamp=time,price=price,quantity=size,side=side"),
        ("ts,px,qty,side", "timestamp=ts,price=px,quantity=qty,side=side"),
        (
            "Trade Time,Pair,Price,Amount,Taker Side",
            "symbol=Pair,timestamp=Trade Time,price=Price,quantity=Amount,side=Taker Side",
        ),
        (
            "id,timestamp,datetime,symbol,order,type,side,takerOrMaker,price,amount,cost",
            "symbol=symbol,timestamp=timestamp,trade_id=id,side=side,price=price,quantity=amount",
        ),
        ("ts,px,sz,is_buyer_maker", "timestamp=ts,price=px,quantity=sz,buyer_maker=is_buyer_maker"),
        (
            "exchange,symbol,timestamp,local_timestamp,price,qty",
            "exchange=exchange,symbol=symbol,timestamp=timestamp,received=local_timestamp,price=price,quantity=qty",
        ),
        ("unix,price,volume", "timestamp=unix,price=price,quantity=volume"),
    ],
)
def test_names_that_are_certain_are_read(header: str, columns: str) -> None:
    names = header.split(",")
    layout = recognise([header], "x", None)

    assert read(names) == parse(columns)
    assert isinstance(layout, Layout)
    assert (layout.format, layout.columns, layout.has_header) == (Format.CSV, parse(columns), True)
    assert as_told(Format.CSV, [header], "x", None) == layout


@pytest.mark.parametrize(
    ("header", "paste"),
    [
        # Both may be the quantity.
        ("time,price,size,amount", "--columns timestamp=time,price=price,quantity=size (or quantity=amount)"),
        ("time,open,high,low,close,volume", "--columns timestamp=time,price=…,quantity=volume"),
        (
            "time,price,size,side,maker side",
            "--columns 'timestamp=time,price=price,quantity=size,side=side,maker_side=maker side'",
        ),
        ("when;cost;count", "--columns timestamp=…,price=…,quantity=…"),
        # Coinbase's own names: its side is the maker's.
        (
            "time,trade_id,price,size,side",
            "--columns timestamp=time,price=price,quantity=size,trade_id=trade_id,side=side, or, where it is Coinbase's own side "
            "(the maker's), --columns timestamp=time,price=price,quantity=size,trade_id=trade_id,maker_side=side",
        ),
    ],
)
def test_names_that_are_not_certain_are_proposed(header: str, paste: str) -> None:
    names = re.split("[,;]", header)

    assert read(names) is None
    assert proposal(names) == paste
    with pytest.raises(InputError, match=re.escape(f"Say which column holds what: {paste}")):
        recognise([header], "x", None)


@pytest.mark.parametrize(
    ("row", "paste"),
    [
        ("1605499846,15993.5,0.026472,ANY", "--columns timestamp=1,price=2,quantity=3,side=4"),
        (
            "7,2026-01-01T00:00:00Z,15993.5,1e-8,True",
            "--columns timestamp=2,price=3,quantity=4,trade_id=1,buyer_maker=5",
        ),
        ("1605499846.25,15993.5,.5", "--columns timestamp=1,price=2,quantity=3"),
    ],
)
def test_a_file_without_a_header_gets_numbers_to_paste(row: str, paste: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"If these are its time, price and quantity, give {paste}")):
        recognise([row], "x", None)
    assert proposal_by_numbers(["no", "trade", "at all"]) is None


def test_a_proposal_can_be_pasted() -> None:
    text = proposal_by_numbers(["1605499846", "15993.5", "0.026472", "b"])

    assert text is not None
    assert parse(text.removeprefix("--columns ")) == Columns(
        timestamp="1", price="2", quantity="3", side="4", side_meaning=SideMeaning.TAKER
    )
