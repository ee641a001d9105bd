"""`./task bench -- NAME`: run a benchmark, print its figures, and keep them in `benchmarks/results/NAME.json`."""

import sys
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import audit, detectors, ingest, outage, quality, repeats, replay, spread

RESULTS: Final = Path(__file__).parent / "results"
BENCHMARKS: Final = {
    "audit": audit.run,
    "detectors": detectors.run,
    "ingest": ingest.run,
    "outage": outage.run,
    "quality": quality.run,
    "repeats": repeats.run,
    "replay": replay.run,
    "spread": spread.run,
}
TOGETHER: Final = {"detectors": ("spread", "detectors")}
"""What a name stands for besides itself; each has a file of its own. The quick one first."""


def main(arguments: list[str]) -> int:
    """Run the named benchmarks; none named is an error that names them all."""
    unknown = [name for name in arguments if name not in BENCHMARKS]
    if unknown or not arguments:
        sys.stderr.write(f"bench: name one of: {', '.join(BENCHMARKS)} (got {' '.join(unknown) or 'nothing'})\n")
        return 2
    RESULTS.mkdir(exist_ok=True)
    names = [name for argument in arguments for name in TOGETHER.get(argument, (argument,))]
    for name in dict.fromkeys(names):
        result = BENCHMARKS[name]()
        text = msgspec.json.format(msgspec.json.encode(result), indent=2)
        (RESULTS / f"{name}.json").write_bytes(text + b"\n")
        print(text.decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
