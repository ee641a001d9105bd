"""What a header's names hold, where that is certain; and a `--columns` to paste where it is not.

A name counts whatever its case, blanks and underscores are. Our own name for a field wins over other names for it; of several
others none is taken.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from coattail_replay.columns import Columns, SideMeaning

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "exchange": ("exchange", "venue", "exch", "exchangename"),
    "symbol": (
        *("symbol", "pair", "market", "instrument", "product", "ticker", "currencypair", "tradingpair"),
        *("productid", "instrumentid", "instid", "marketid", "symbolid"),
    ),
    "timestamp": (
        *("timestamp", "time", "ts", "datetime", "date", "unix", "unixtime", "unixtimestamp", "epoch"),
        *(
            "tradetime",
            "tradets",
            "tradetimestamp",
            "tradedate",
            "executedat",
            "createdat",
            "transacttime",
            "eventtime",
        ),
        *("exchangetime", "exchangets", "exchangetimestamp", "timems", "timeus", "timens", "tsms", "tsus", "tsns"),
        *("timestampms", "timestampus", "timestampns", "timeexchange"),
    ),
    "received": (
        *(
            "ingestiontimestamp",
            "received",
            "receivedat",
            "receivetime",
            "receivedtime",
            "receivets",
            "recvtime",
            "recvts",
        ),
        *("localtimestamp", "localtime", "localts", "receipttimestamp", "receipttime", "arrivaltime", "timecoinapi"),
    ),
    "trade_id": ("tradeid", "id", "tid", "tradeno", "tradenumber", "execid", "executionid", "matchid"),
    "price": ("price", "px", "rate", "tradeprice", "executionprice", "execprice", "lastprice", "matchprice"),
    "quantity": (
        *("quantity", "qty", "amount", "size", "volume", "vol", "basequantity", "baseqty", "baseamount", "basevolume"),
        *("tradesize", "tradeqty", "tradequantity", "tradeamount", "lastsize", "lastqty", "matchsize", "execqty", "sz"),
    ),
    SideMeaning.TAKER: ("side", "takerside", "aggressor", "aggressorside", "tradeside", "direction", "dir", "buysell"),
    SideMeaning.MAKER: ("makerside",),
    SideMeaning.BUYER_MAKER: ("buyermaker", "isbuyermaker", "isbuyerthemaker", "buyerismaker"),
}
"""What a field is called, the first being our own name, with nothing but small letters."""
_NEEDED: Final = ("timestamp", "price", "quantity")
_COINBASE: Final = {"time", "tradeid", "price", "size", "side"}
"""Coinbase Exchange's own names of a trade's fields, in REST. Its `side` is the maker's."""
_TIME: Final = re.compile(r"\d{10}(?:\.\d+)?|\d{13}|\d{16}|\d{19}|\d{4}-\d\d-\d\d[T ].*").fullmatch
_SIDE: Final = re.compile(r"(?i)buy|sell|b|s|any|unknown").fullmatch
_FLAG: Final = re.compile(r"(?i)true|false").fullmatch
_AMOUNT: Final = re.compile(r"\d*[.]?\d+(?:[eE][+-]?\d+)?").fullmatch


def read(header: Sequence[str]) -> Columns | None:
    """Return the columns that the names of `header` are certain to be; None when one that is needed is not certain."""
    found = _candidates(header)
    chosen = {field: names[0] for field, names in found.items() if len(names) == 1}
    sides = [name for meaning in SideMeaning for name in found.get(meaning, ())]
    if not set(_NEEDED) <= set(chosen) or len(sides) > 1 or _may_be_makers(header):
        return None
    meaning = next((one for one in SideMeaning if one in chosen), None)
    others = {field: name for field, name in chosen.items() if field not in SideMeaning}
    side = None if meaning is None else chosen[meaning]
    return Columns(side=side, side_meaning=meaning or SideMeaning.TAKER, **others)


def proposal(header: Sequence[str]) -> str:
    """Return the `--columns` that a file with this header seems to need, with `…` for what its names do not tell."""
    found = _candidates(header)
    told = {field: names[0] if names else "…" for field in _NEEDED for names in [found.pop(field, [])]}
    told |= {field: names[0] for field, names in found.items()}
    text = _written(told)
    several = [f"{field}={name}" for field, names in _candidates(header).items() for name in names[1:]]
    if _may_be_makers(header):
        makers = _written({SideMeaning.MAKER if field == SideMeaning.TAKER else field: told[field] for field in told})
        return f"{text}, or, where it is Coinbase's own side (the maker's), {makers}"
    return f"{text} (or {', '.join(several)})" if several else text


def proposal_by_numbers(cells: Sequence[str]) -> str | None:
    """Return the `--columns` that rows like this one, without a header, seem to need; None when they do not look like trades."""
    times = [place for place, cell in enumerate(cells, 1) if _TIME(cell)]
    amounts = [place for place, cell in enumerate(cells, 1) if _AMOUNT(cell) and not _TIME(cell)]
    if not times or len(amounts) < len(("price", "quantity")):
        return None
    # One number more than price and quantity, and whole, is an id.
    ids = amounts[:1] if len(amounts) > len(("price", "quantity")) and cells[amounts[0] - 1].isdigit() else []
    price, quantity = amounts[len(ids) :][:2]
    told: dict[str, str] = {"timestamp": str(times[0]), "price": str(price), "quantity": str(quantity)}
    if ids:
        told["trade_id"] = str(ids[0])
    side = next((place for place, cell in enumerate(cells, 1) if _SIDE(cell)), None)
    flag = next((place for place, cell in enumerate(cells, 1) if _FLAG(cell)), None)
    if side is not None:
        told[SideMeaning.TAKER] = str(side)
    elif flag is not None:
        told[SideMeaning.BUYER_MAKER] = str(flag)
    return _written(told)


def _candidates(header: Sequence[str]) -> dict[str, list[str]]:
    """Field → the columns that may hold it: one where that is certain. Fields without any are left out."""
    plain = {name: re.sub(r"[^a-z0-9]", "", name.lower()) for name in header}
    found = {}
    for field, names in _NAMES.items():
        here = [name for name in header if plain[name] in names]
        own = [name for name in here if plain[name] == names[0]]
        if here:
            found[field] = own if len(own) == 1 else here
    return found


def _may_be_makers(header: Sequence[str]) -> bool:
    return {re.sub(r"[^a-z0-9]", "", name.lower()) for name in header} == _COINBASE


def _written(told: Mapping[str, str]) -> str:
    columns = ",".join(f"{field}={column}" for field, column in told.items())
    return f"--columns {columns}" if re.fullmatch(r"[\w.,=…-]+", columns) else f"--columns '{columns}'"
