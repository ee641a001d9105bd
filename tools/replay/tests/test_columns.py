import pytest

from coattail_replay.columns import SideMeaning, check, parse
from coattail_replay.errors import InputError


def test_it_says_which_column_holds_what() -> None:
    columns = parse("symbol=pair, timestamp=time,side=taker,price=px,quantity=size,trade_id=no")

    assert (columns.symbol, columns.timestamp, columns.side, columns.price) == ("pair", "time", "taker", "px")
    assert columns.side_meaning is SideMeaning.TAKER
    assert columns.used == ("pair", "time", "no", "taker", "px", "size")


@pytest.mark.parametrize("meaning", SideMeaning)
def test_the_side_may_be_told_in_three_ways(meaning: SideMeaning) -> None:
    assert parse(f"timestamp=t,price=p,quantity=q,{meaning}=s").side_meaning is meaning


def test_a_file_may_have_no_side() -> None:
    columns = parse("timestamp=t,price=p,quantity=q")

    assert (columns.side, columns.used) == (None, ("t", "p", "q"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("timestamp=t,price=p,quantity=q,side=s,maker_side=m", "give one of"),
        ("price=p,quantity=q,side=s", "timestamp=… is missing"),
        ("time=t", "'time=t' is not NAME=COLUMN"),
        ("timestamp=", "'timestamp=' is not NAME=COLUMN"),
    ],
)
def test_what_is_wrong_with_it_is_said(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse(text)


def test_a_column_that_the_file_lacks_is_named() -> None:
    with pytest.raises(InputError, match=r"x\.csv: there is no column 'px'; it has t, p, q, s"):
        check(parse("timestamp=t,price=px,quantity=q,side=s"), ["t", "p", "q", "s"], "x.csv")
