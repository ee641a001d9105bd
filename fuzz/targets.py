"""Every target, a line each. Another feed or another REST API is another line."""

from functools import partial
from typing import Final

from fuzz import link, simulated, spool
from fuzz.contract import RECEIVED
from fuzz.exchanges import feed, past
from fuzz.target import Target
from ingest_binance import naming as binance_naming
from ingest_binance import normalising as binance_normalising
from ingest_binance.backfill import BinanceBackfill
from ingest_coinbase import advanced_normalising
from ingest_coinbase import naming as coinbase_naming
from ingest_coinbase import normalising as coinbase_normalising
from ingest_coinbase.backfill import CoinbaseBackfill
from ingest_kraken import naming as kraken_naming
from ingest_kraken import normalising as kraken_normalising
from ingest_kraken.backfill import KrakenBackfill

_BINANCE: Final = ("binance_spot/*.gz", "frames/binance_*.jsonl", "frames/BINANCE*.gz")
_COINBASE: Final = ("coinbase_exchange/*.gz", "frames/coinbase_exchange_*.jsonl")


def _now() -> int:
    return RECEIVED


TARGETS: Final[tuple[Target, ...]] = (
    feed(
        "binance", binance_normalising.normalise, binance_naming.markets_by_name, simulated.binance_frames(), _BINANCE
    ),
    feed(
        "coinbase",
        coinbase_normalising.normalise,
        coinbase_naming.markets_by_name,
        simulated.coinbase_frames(),
        _COINBASE,
    ),
    feed(
        "coinbase-advanced",
        advanced_normalising.normalise,
        coinbase_naming.markets_by_name,
        simulated.advanced_frames(),
    ),
    feed("kraken", kraken_normalising.normalise, kraken_naming.markets_by_name, simulated.kraken_frames()),
    past("binance-rest", partial(BinanceBackfill, now=_now), binance_naming.EXCHANGE, simulated.binance_answers()),
    past("coinbase-rest", partial(CoinbaseBackfill, now=_now), coinbase_naming.EXCHANGE, simulated.coinbase_answers()),
    past("kraken-rest", partial(KrakenBackfill, now=_now), kraken_naming.EXCHANGE, simulated.kraken_answers()),
    link.to_writer(),
    link.to_connector(),
    link.sequences(),
    spool.files(),
)
