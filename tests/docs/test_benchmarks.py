"""The figures of docs/benchmarks.md are those that were measured: benchmarks/results."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

type _Result = dict[str, Any]


def _rounded(figure: float, to: str = "1") -> Decimal:
    """Half up, as people do it."""
    return Decimal(str(figure)).quantize(Decimal(to), ROUND_HALF_UP)


def _took(run: _Result, to: str) -> str:
    return f"{_rounded(run['seconds'], '0.1')} s, {_rounded(run['cpu_seconds'], to)} s of a core"


def _outages(run: _Result) -> list[str]:
    """A line for each length and number of shards: read in turn, and side by side."""
    by_case: dict[tuple[int, int], dict[str, _Result]] = {}
    for cell in run["cells"]:
        by_case.setdefault((cell["minutes"], cell["shards"]), {})[cell["read"]] = cell
    return [
        f"| {minutes} | {shards} | {turn['trades']:,} | {turn['late']}, {side['late']} | {turn['differing']}, {side['differing']} "
        f"| {turn['windows']}, {turn['spreads']:,} | {sum(turn['alerts'].values())} "
        f"| {turn['late_without_standing']:,}, {side['late_without_standing']:,} |"
        for (minutes, shards), cells in by_case.items()
        for turn, side in [(cells["in turn"], cells["side by side"])]
    ]


def _steps(run: _Result, **which: object) -> int:
    """How many lives of the courses are such."""
    steps = [step for course in run["courses"] for step in course["steps"]]
    return sum(all(step[name] == value for name, value in which.items()) for step in steps)


def _pairs(run: _Result) -> list[str]:
    """A line for each figure: both medians, the median of the pairs' ratios and its interval."""
    return [
        f"`{run['before']}`",
        *(f"`{constant}`" for constant in run["constants"]),
        *(
            f"| `{it['figure']}` | {it['before']:,g} | {it['after']:,g} | {it['ratio']:.3f} | {it['least']:.3f} to {it['most']:.3f} |"
            for it in run["ratios"]
        ),
    ]


def _compressed(run: _Result) -> list[str]:
    """A line of each table for each size of records."""
    cells = {(one["corpus"], one["lines"], one["codec"]): one for one in run["cells"]}
    codecs = ("zstd 1", "zstd 3", "lz4", "zstd 3, dictionary")
    lines = []
    for size in dict.fromkeys(one["lines"] for one in run["cells"]):
        both = [(cells["recorded", size, codec], cells["generated", size, codec]) for codec in ("none", *codecs)]
        lines.append(f"| {size} | " + " | ".join(f"{one['bytes']}; {other['bytes']}" for one, other in both) + " |")
        took = [f"{one['compress_us']:.2f}, {one['decompress_us']:.2f}" for one, _ in both[1:]]
        lines.append(f"| {size} | " + " | ".join(took) + " |")
        text, packed = cells["recorded", size, "none"], cells["recorded", size, "zstd 1"]
        lines.append(
            f"| {size} | {text['put_us']:.2f} | {packed['put_us']:.2f} + {packed['compress_us']:.2f} "
            f"| {text['get_us']:.2f} | {packed['get_us']:.2f} + {packed['decompress_us']:.2f} "
            f"| {text['dollars_in']} + {text['dollars_out']} | {packed['dollars_in']} + {packed['dollars_out']} "
            f"| {text['shard_lines']:,}, {text['read_lines']:,} | {packed['shard_lines']:,}, {packed['read_lines']:,} |"
        )
    (pace,) = (one for one in run["paces"] if one["corpus"] == "recorded")
    return [*lines, f"{pace['average']} of both markets on average, {pace['most']} of one market at most"]


_SECTIONS: Final[dict[str, tuple[str, Callable[[_Result], list[str]]]]] = {
    "ingest": (
        "Ingest beside its peers",
        lambda it: [
            "{ours_us:.2f} µs; {cryptofeed_us:.2f} µs; {floor_us:.2f} µs".format(**it["frames"]),
            "| {of_the_floor:.2f} | 0.25 |".format(**it["frames"]),
            "| {times_cryptofeed:.1f} | 3 |".format(**it["frames"]),
            "| {coinbase_ours_us:.2f} µs, {coinbase_of_the_floor:.2f} | 0.25 |".format(**it["frames"]),
            f"| {it['writing']['ours'] // 1000},000/s (",
            "| {refused_share_of_ours:.2f} of it (".format(**it["writing"]),
            f"| {_rounded(it['writing']['times_async_kinesis'], '0.1')} (",
            "| {together_core:.3f} ({connector_core:.3f} + {writer_core:.3f}; ".format(**it["steady"]),
            f"| {_rounded(it['steady']['connector_mb'])} MB, {_rounded(it['steady']['writer_mb'])} MB |",
            f"| {_rounded(it['steady']['accepted_p50_ms'])} ms, {_rounded(it['steady']['accepted_p99_ms'])} ms |",
            "| {records_a_trade:.3f} | 0.15 |".format(**it["steady"]),
        ],
    ),
    "compression": ("Compressed records", _compressed),
    "chaos": (
        "Chaos at length",
        lambda it: [
            f"other work on them, {_rounded(it['seconds'])} s",
            f"of {it['sent']:,} trades | {it['missing']}, {it['doubled']}, {it['out_of_order']} |",
            f"| faults | {sum(it['faults'].values()):,} |",
            f"which later ones wait | {it['filled_late']:,} |",
            "| {exchange_cut}; {exchange_cut_mid_frame}; {exchange_stalled} |".format(**it["faults"]),
            "| {rest_refused}, {rest_limited}, {rest_truncated} |".format(**it["faults"]),
            f"| records throttled | {it['faults']['kinesis_throttled']:,} |",
            "| {kinesis_failed}; {kinesis_answer_lost} |".format(**it["faults"]),
            "| {kinesis_timed_out}; {kinesis_gone} |".format(**it["faults"]),
            "| {link_cut_mid_frame} |".format(**it["faults"]),
            "| {writer_killed}; {spool_lost}, with ".format(**it["faults"]),
            f"with {it['spool_bytes_lost'] / 1e6:.1f} MB in the spools",
            f"the next one sent | {it['spools_resumed']} |",
            "| {spool_full}; {disk_full} |".format(**it["faults"]),
            f"| clock stepped | {it['faults']['clock_stepped']} |",
            f"do not land | {it['repeated']:,} |",
        ],
    ),
    "outage": (
        "Outages, and one batch over the same trades",
        lambda it: [*_outages(it), f"{_rounded(it['seconds']):,} s for {it['trades']:,} trades in all"],
    ),
    "chaos-bus": (
        "A bus that fails",
        lambda it: [
            f"with much other work on them, {_rounded(it['seconds'])} s",
            f"| {it['verdict']['put']:,}; {it['repeated']:,} |",
            f"| trades missing, doubled | {it['verdict']['missing']}, {it['verdict']['doubled']} |",
            f"| {it['verdict']['alerts_in_table']:,}; {it['verdict']['whales']:,} |",
            f"| {it['verdict']['alerts_doubled']}, {it['verdict']['unsent']}, {it['verdict']['unlanded']} |",
            f"| {it['verdict']['repeated_on_bus']:,} |",
            f"| {len(it['outages'])}; {_rounded(sum(one['seconds'] for one in it['outages']))} s |",
            f"| application killed | {it['kills']} |",
            f"| {it['landings']:,}; {it['calls']:,} |",
            *(
                f"| {kind} | {len(here)} | {_rounded(sum(one['seconds'] for one in here))} s |"
                for kind in sorted({one["kind"] for one in it["outages"]})
                for here in [[one for one in it["outages"] if one["kind"] == kind]]
            ),
        ],
    ),
    "chaos-tables": (
        "Tables that others change",
        lambda it: [
            f"with much other work on them, {_rounded(it['seconds'])} s",
            *(
                f"| {table} | {sum(one['put'] for one in here):,} | {sum(one['missing'] for one in here)} "
                f"| {sum(one['doubled'] for one in here)} |"
                for table in ("raw_trades", "anomaly_alerts", "dq_rejects", "whale_trades")
                for here in [[one for course in it["courses"] for one in course["tables"] if one["table"] == table]]
            ),
            *(
                f"| {change} | {_steps(it, change=change, changed=True)} |"
                for change in ("column", "compaction", "expiry", "rollback", "clock")
            ),
            *(
                f"| `kill -9` before the commit of {commit} | {_steps(it, died_before=name)} |"
                for commit, name in (
                    ("`dq_rejects`", "dq_rejects"),
                    ("`whale_trades`", "whale_trades"),
                    ("`anomaly_alerts`", "anomaly_alerts"),
                    ("`raw_trades`", "raw_trades"),
                    ("the tag", "tag"),
                )
            ),
        ],
    ),
    "detectors": (
        "Catch-up of the detectors",
        lambda it: [
            f"| {it['catch_up']:,} trades/s |",
            f"| {it['cold_catch_up']:,} trades/s |",
            f"| {it['without_detectors']:,} trades/s; the Small tier is {it['ratio_to_no_detectors']:.2f} of it |",
            f"| {it['floor']:,} trades/s |",
            f"| {it['ratio_to_floor']:.3f} |",
            f"| {it['cpu_us_a_trade']:.1f} µs of a core a trade |",
        ],
    ),
    "spread": (
        "Closing a window of MOD-003",
        lambda it: [
            f"| {one['markets']:,} | {one['rows']:,} | {one['ms']:.1f} ms | {one['most_ms']:.1f} ms | {one['steps_a_market']:.1f} |"
            for one in it["costs"]
        ],
    ),
    "repeats": (
        "Repeats",
        lambda it: [
            f"{it['trades_a_landing']:,} new trades, {it['share']:.0%} of the records again",
            f"| {it['ratio']:.2f}, from {it['least']:.2f} to {it['most']:.2f} | {it['batches_ratio']:.2f} | {it['landing_ratio']:.2f} |",
            f"{it['cpu_us_a_trade']:.1f} µs of a core",
        ],
    ),
    "replay": (
        "Replaying files",
        lambda it: [
            f"| {it['rate']:,} trades/s, {it['wall_seconds']:.1f} s |",
            f"| {it['cpu_us_a_trade']:.1f} µs of a core a trade |",
            f"| {it['duckdb_seconds']:.1f} s |",
            f"| {it['ratio_to_duckdb']:.2f} |",
            f"{it['duckdb_whales']:,} large trades and {it['duckdb_bursts']:,} sweeps",
        ],
    ),
    "audit": (
        "The audit of a table",
        lambda it: [
            f"load {_rounded(it['load'])} (`benchmarks/results/audit.json`)",
            f"| {_took(it['small']['audit'], '0.1')} | {_took(it['large']['audit'], '0.1')} |",
            f"| {_took(it['small']['floor'], '0.01')} | {_took(it['large']['floor'], '0.01')} |",
            f"| {it['small']['audit']['peak_mb']} MB | {it['large']['audit']['peak_mb']} MB |",
            "{cpu_us_a_trade} µs of a core, the floor's {floor_cpu_us_a_trade}: {ratio_to_floor} of the floor".format(
                **it
            ),
            *(
                "found as planted, and nothing else | yes | yes"
                for part in ("small", "large")
                if it[part]["as_planted"]
            ),
        ],
    ),
    "quality": (
        "The Lambdas under load",
        lambda it: [
            f"| {it['trades']:,}, {it['judged']:,} |",
            "| {malformed:,} + {incomplete:,} + {invalid:,}; the same |".format(**it["bad"]),
            f"| {it['missing']}, {it['twice']}, {it['wrong']} |",
            f"| {it['interrupted']} of dq-lambda, {it['catalog']['interrupted']} of catalog-lambda |",
            "| {drops}; {invocations}, {by_schedule} |".format(**it["catalog"]),
            "| {as_defined} of {tables} |".format(**it["catalog"]),
        ],
    ),
    **{f"pairs-{name}": ("Beside a build before", _pairs) for name in ("detectors", "ingest", "replay")},
}


@pytest.mark.parametrize("name", _SECTIONS)
def test_the_page_says_what_was_measured(name: str, root: Path) -> None:
    heading, figures = _SECTIONS[name]
    page = (root / "docs/benchmarks.md").read_text()
    section = " ".join(page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].split())
    result = msgspec.json.decode((root / f"benchmarks/results/{name}.json").read_bytes())

    assert [figure for figure in figures(result) if figure not in section] == []


def test_every_result_is_reported(root: Path) -> None:
    assert {path.stem for path in (root / "benchmarks/results").glob("*.json")} == _SECTIONS.keys()
