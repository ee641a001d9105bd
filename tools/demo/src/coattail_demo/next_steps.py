"""What to do after a demo, in commands to paste."""

from collections.abc import Iterator

from coattail_demo.layout import Layout
from coattail_demo.report import Report


def next_steps(report: Report, layout: Layout, kept: str | None) -> list[str]:
    """Lines for people. `kept` is the endpoint of the cloud that stays up; None where it is down."""
    return [*(_after_a_proof(kept) if report.passed else _after_a_failure(report, layout, kept)), *_of_the_cloud(kept)]


def _after_a_proof(kept: str | None) -> Iterator[str]:
    yield "your own files of trades, with no cloud: ./task replay -- FILE"
    yield "the real exchanges: ./task demo -- --live"
    if kept is None:
        yield "look at the tables afterwards: ./task demo -- --keep"


def _after_a_failure(report: Report, layout: Layout, kept: str | None) -> Iterator[str]:
    if report.unlanded:
        yield "Spark is behind, and nothing of what is in Kinesis is lost: ./task demo -- --patience 300"
        if kept is not None:
            yield "or let it land what is left: ./task demo goes on with the kept cloud"
    if report.unlanded < report.missing or not report.missing:
        yield f"what each process said: {layout.logs}, and Spark: {layout.jobs}"
        yield "what to look for: docs/runbooks/README.md"


def _of_the_cloud(kept: str | None) -> Iterator[str]:
    if kept is not None:
        yield f"the cloud and its tables stay up at {kept}: ./task cloud:status; how to query it is in docs/runbooks/README.md"
        yield "go on with it: ./task demo; begin again: ./task demo -- --fresh; end it: ./task cloud:down"
