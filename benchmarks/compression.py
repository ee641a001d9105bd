"""What compressed records would save on the stream, and what they would cost: bytes a line, and µs of a core a line.

Records of 1 to 500 consecutive lines of a market are compressed one by one, as the writer would do it, and decompressed, as each
consumer would. The dictionary is trained on the first fifth of each market's lines, which no codec is measured on. Putting and reading
is what botocore does with a call's body anyway: JSON and Base64, the SHA-256 of the signature. It costs less where there are fewer bytes.

Best of several turns, by processor time, each codec in each turn.
"""

import hashlib
import math
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import batched, islice
from typing import Any, Final

import botocore.parsers
import botocore.serialize
import botocore.session
import lz4.frame
import msgspec
import zstandard

from benchmarks.compression_lines import Corpus, corpora
from coattail_common.lines import decode_trade, pack

LINES: Final = (1, 10, 50, 100, 500)
_TURNS: Final = 9
_TRAINING: Final = 0.2
_SAMPLES: Final = 4_000
_DICTIONARY_BYTES: Final = 16 * 1024
_RECORDS_A_CALL: Final = 10
"""As many markets as had a trade."""
_ROUNDED_TO: Final = 1024
"""Kinesis bills each record that is put in full KB, and what is read by the byte."""
_PARTITION_KEY: Final = "BTC-USDT"
_MB: Final = 1024 * 1024
_SHARD_BYTES: Final = _MB
_SHARD_RECORDS: Final = 1_000
"""What a shard takes in a second."""
_READ_BYTES: Final = 2 * _MB
"""What a shard gives in a second, to all its standard consumers together."""
_GB: Final = 1024**3
_MONTH: Final = 730 * 3600
_RATE: Final = 1_000
"""Lines a second that the prices are for."""
_PRICE_IN: Final = 0.08
_PRICE_OUT: Final = 0.04
"""US dollars a GB, on demand, us-east-1."""
_CONSUMERS: Final = 2
"""Detectors and dq-lambda."""

type Packing = Callable[[bytes], bytes]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Records of so many lines with one codec. Bytes and µs of a core are a line's, dollars a month's at `_RATE` lines a second.

    `billed` is what it is billed as when it is put. `shard_lines` and `read_lines` are what a shard takes and gives in a second.
    """

    corpus: str
    codec: str
    lines: int
    records: int
    bytes: float
    billed: float
    compress_us: float
    decompress_us: float
    put_us: float
    get_us: float
    dollars_in: float
    dollars_out: float
    shard_lines: int
    read_lines: int


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast the trades of a corpus happened: a second, of all markets on average and of one market at most."""

    corpus: str
    average: float
    most: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """By corpus, size of records and codec."""

    cells: tuple[Cell, ...]
    paces: tuple[Pace, ...]
    dictionary_bytes: int
    libraries: dict[str, str]
    machine: str


class _Codec(msgspec.Struct, frozen=True):
    name: str
    compress: Packing
    decompress: Packing


def run(sizes: tuple[int, ...] = LINES, turns: int = _TURNS) -> Result:
    """Measure: about two minutes."""
    cells: list[Cell] = []
    paces: list[Pace] = []
    for name, corpus in corpora().items():
        paces.append(_pace(name, corpus))
        parts = [(lines[: (cut := int(len(lines) * _TRAINING))], lines[cut:]) for lines in corpus]
        codecs = _codecs(_trained([before for before, _ in parts]))
        for count in sizes:
            cells += _measure(name, count, codecs, _records([after for _, after in parts], count), turns)
            for cell in cells[-len(codecs) :]:
                sys.stderr.write(
                    f"bench: {name}, {count} lines, {cell.codec}: {cell.bytes} B a line, {cell.compress_us} and {cell.decompress_us} µs\n"
                )
    return Result(
        cells=tuple(cells),
        paces=tuple(paces),
        dictionary_bytes=_DICTIONARY_BYTES,
        libraries={
            "zstandard": f"{zstandard.__version__}, zstd {'.'.join(map(str, zstandard.ZSTD_VERSION))}",
            "lz4": f"{lz4.__version__}, lz4 {lz4.library_version_string()}",
        },
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    )


def _pace(corpus: str, markets: Corpus) -> Pace:
    times = [[decode_trade(line).timestamp for line in lines] for lines in markets]
    seconds = (max(map(max, times)) - min(map(min, times))) / 1e6
    most = max(count for market in times for count in Counter(moment // 1_000_000 for moment in market).values())
    return Pace(corpus=corpus, average=round(sum(map(len, times)) / seconds, 1), most=most)


def _trained(markets: Corpus) -> zstandard.ZstdCompressionDict:
    """Train on single lines, of each market as many."""
    samples = [line for lines in markets for line in islice(lines, _SAMPLES // len(markets))]
    return zstandard.train_dictionary(_DICTIONARY_BYTES, samples)


def _codecs(dictionary: zstandard.ZstdCompressionDict) -> tuple[_Codec, ...]:
    plain = zstandard.ZstdDecompressor()
    return (
        _Codec("none", _unchanged, _unchanged),
        _Codec("zstd 1", zstandard.ZstdCompressor(level=1).compress, plain.decompress),
        _Codec("zstd 3", zstandard.ZstdCompressor(level=3).compress, plain.decompress),
        _Codec("lz4", partial(lz4.frame.compress, store_size=True), lz4.frame.decompress),
        _Codec(
            "zstd 3, dictionary",
            zstandard.ZstdCompressor(level=3, dict_data=dictionary).compress,
            zstandard.ZstdDecompressor(dict_data=dictionary).decompress,
        ),
    )


def _unchanged(payload: bytes) -> bytes:
    return payload


def _records(markets: Corpus, count: int) -> list[bytes]:
    """Full records alone: the last of a market may be shorter."""
    return [pack(lines) for market in markets for lines in batched(market, count, strict=False) if len(lines) == count]


def _measure(corpus: str, count: int, codecs: Sequence[_Codec], records: Sequence[bytes], turns: int) -> list[Cell]:
    compressed = {codec.name: [codec.compress(record) for record in records] for codec in codecs}
    for codec in codecs:
        if [codec.decompress(record) for record in compressed[codec.name]] != records:
            raise AssertionError(f"{codec.name} does not give back what it was given")
    best: dict[tuple[str, str], float] = {}
    for _ in range(turns):
        for codec in codecs:
            there = compressed[codec.name]
            answers = _answers(there)
            for what, seconds in (
                ("compress", _seconds(partial(_each, codec.compress, records))),
                ("decompress", _seconds(partial(_each, codec.decompress, there))),
                ("put", _seconds(partial(_put, there))),
                ("get", _seconds(partial(_get, answers))),
            ):
                key = (codec.name, what)
                best[key] = min(best.get(key, math.inf), seconds)
    lines = count * len(records)
    return [
        _cell(
            corpus,
            codec.name,
            count,
            compressed[codec.name],
            {what: 1e6 * best[codec.name, what] / lines for what in ("compress", "decompress", "put", "get")},
        )
        for codec in codecs
    ]


def _cell(corpus: str, codec: str, count: int, records: Sequence[bytes], us: dict[str, float]) -> Cell:
    lines = count * len(records)
    size = sum(map(len, records)) / lines
    billed = sum(math.ceil(len(record) / _ROUNDED_TO) * _ROUNDED_TO for record in records) / lines
    month = _RATE * _MONTH / _GB
    return Cell(
        corpus=corpus,
        codec=codec,
        lines=count,
        records=len(records),
        bytes=round(size, 1),
        billed=round(billed, 1),
        compress_us=round(us["compress"], 2),
        decompress_us=round(us["decompress"], 2),
        put_us=round(us["put"], 2),
        get_us=round(us["get"], 2),
        dollars_in=round(billed * month * _PRICE_IN, 1),
        dollars_out=round(size * month * _PRICE_OUT * _CONSUMERS, 1),
        shard_lines=round(min(_SHARD_BYTES / size, _SHARD_RECORDS * count)),
        read_lines=round(_READ_BYTES / size),
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _each(packing: Packing, records: Sequence[bytes]) -> None:
    for record in records:
        packing(record)


class _Wire:
    """botocore's own code for the bodies of PutRecords and GetRecords."""

    def __init__(self) -> None:
        model = botocore.session.get_session().get_service_model("kinesis")
        self.put = model.operation_model("PutRecords")
        self.get = model.operation_model("GetRecords")
        self.serializer = botocore.serialize.create_serializer("json", include_validation=True)
        self.parser = botocore.parsers.create_parser("json")


_WIRE: Final = _Wire()


def _put(records: Sequence[bytes]) -> None:
    for call in batched(records, _RECORDS_A_CALL, strict=False):
        hashlib.sha256(_body(call)).hexdigest()


def _body(records: Sequence[bytes]) -> bytes:
    entries = [{"PartitionKey": _PARTITION_KEY, "Data": record} for record in records]
    request: dict[str, Any] = _WIRE.serializer.serialize_to_request(
        {"StreamName": "crypto-pulse-trades", "Records": entries}, _WIRE.put
    )
    body: bytes = request["body"]
    return body


def _answers(records: Sequence[bytes]) -> list[bytes]:
    """The bodies of GetRecords with these records: each record is in the form that PutRecords has, with a place and a time."""
    made: list[bytes] = []
    for call in batched(records, _RECORDS_A_CALL, strict=False):
        entries: list[dict[str, Any]] = msgspec.json.decode(_body(call))["Records"]
        place = {"SequenceNumber": "4" * 56, "ApproximateArrivalTimestamp": 1767225600.123}
        made.append(msgspec.json.encode({"Records": [entry | place for entry in entries], "MillisBehindLatest": 0}))
    return made


def _get(answers: Sequence[bytes]) -> None:
    for body in answers:
        _WIRE.parser.parse({"status_code": 200, "headers": {}, "body": body}, _WIRE.get.output_shape)
