"""`python -m coattail_scaffold KIND NAME`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from coattail_scaffold import exchange, module

KINDS: Final[Mapping[str, Callable[[Sequence[str]], int]]] = {"exchange": exchange.main, "module": module.main}
"""What can be made, by name."""

_USAGE: Final = 2


def main() -> int:
    """Run the command line. Return its exit code."""
    kind, *words = sys.argv[1:] or ["--help"]
    if kind in KINDS:
        return KINDS[kind](words)
    sys.stderr.write(f"usage: python -m coattail_scaffold {{{','.join(KINDS)}}} NAME [--help]\n")
    return 0 if kind in ("-h", "--help") else _USAGE


if __name__ == "__main__":
    sys.exit(main())
