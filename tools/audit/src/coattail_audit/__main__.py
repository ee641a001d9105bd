"""`./task audit`, or `coattail-audit`: which trades are there, missing, doubled or filled in.

Exit codes: 0 every market is whole, or its gaps were reported; 1 an id is doubled, or missing and unreported, or there are no trades of
what is asked for; 2 an option or a file cannot be used; 130 interrupted.
"""

from coattail_audit.options import Options
from coattail_runtime.settings import read


def main() -> None:
    """The console script."""
    options = read(Options)
    # The clients of AWS and Iceberg take a second to load, and neither help nor a wrong option needs them.
    from coattail_audit import command  # noqa: PLC0415

    command.main(options)


if __name__ == "__main__":
    main()
