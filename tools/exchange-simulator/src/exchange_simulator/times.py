"""Times as Coinbase and Kraken print them."""

import time
from functools import lru_cache


def iso_micros(time_us: int) -> str:
    """UTC µs as ``2026-01-05T10:00:01.000000Z``."""
    seconds, micros = divmod(time_us, 1_000_000)
    return f"{_iso_second(seconds)}.{micros:06d}Z"


@lru_cache(maxsize=256)
def _iso_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
