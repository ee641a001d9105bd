"""Start the simulator: ``exchange-simulator --help``."""

import asyncio
import sys
from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_settings import CliApp

from exchange_simulator.errors import UsageError
from exchange_simulator.log import configure
from exchange_simulator.serve import serve
from exchange_simulator.settings import Settings, one_each

_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line (``sys.argv`` unless given) and the environment, and serve until told to end.

    Ends with status 2 and one line on stderr when what it was given cannot be used.
    """
    try:
        settings = CliApp.run(Settings, cli_args=one_each(sys.argv[1:] if arguments is None else arguments, "--replay"))
        configure(json_lines=settings.json_logs)
        asyncio.run(serve(settings))
    except ValidationError as error:
        sys.exit(_fail("; ".join(_one_line(problem["loc"], problem["msg"]) for problem in error.errors())))
    except UsageError as error:
        sys.exit(_fail(str(error)))


def _one_line(place: tuple[int | str, ...], message: str) -> str:
    flag = f"--{str(place[0]).replace('_', '-')}: " if place else ""
    return flag + message.removeprefix("Value error, ")


def _fail(message: str) -> int:
    sys.stderr.write(f"exchange-simulator: {message}\n")
    return _USAGE


if __name__ == "__main__":
    main()
