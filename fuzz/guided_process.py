"""The process of one target: `python -m fuzz.guided_process ORDER`. See `guided`."""

import importlib
import pkgutil
import sys
from typing import Final

import atheris
import msgspec

from fuzz.run import Order

_OURS: Final = ("coattail_", "ingest_", "kinesis_writer")
"""What the names of our packages begin with: code that moves to another of them stays guided."""


def main() -> None:
    """Import what is fuzzed so that its branches are seen, and put inputs to it. libFuzzer ends the process."""
    order = msgspec.json.decode(sys.argv[1], type=Order)
    ours = [module.name for module in pkgutil.iter_modules() if module.name.startswith(_OURS)]
    with atheris.instrument_imports(include=ours):
        loop = importlib.import_module("fuzz.guided_loop")
        targets = importlib.import_module(order.module).TARGETS
    loop.run(order, targets)


if __name__ == "__main__":
    main()
