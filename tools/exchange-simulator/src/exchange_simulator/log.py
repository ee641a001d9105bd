"""Logging to stderr: a line for what changes state, none for each trade."""

import logging
import sys

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

LOGGER = logging.getLogger("exchange_simulator")


def configure(*, json_lines: bool) -> None:
    """Log to stderr, as text for people or as JSON lines with the keys every Coat Tail service uses."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        LambdaPowertoolsFormatter(service="exchange-simulator")
        if json_lines
        else logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    )
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
