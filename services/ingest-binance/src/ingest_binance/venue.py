"""What Binance is, for every tool."""

from typing import Final

from coattail_common.venues import USUAL_QUOTES, Feed, Spelling, Venue

# Has no dollar markets: BTCTUSD is BTC-TUSD there, and nowhere else for certain.
_SPELLING: Final = Spelling((*USUAL_QUOTES, "FDUSD", "TUSD", "BUSD"))

VENUE: Final = Venue(
    name="binance",
    title="Binance",
    ws_url="wss://stream.binance.com:9443",
    rest_url="https://api.binance.com",
    health_port=8081,
    symbols=("BTC-USDT", "ETH-USDT", "SOL-USDT"),
    share=0.3,
    settings="ingest_binance.settings:Settings",
    markets_by_name="ingest_binance.naming:markets_by_name",
    backfill="ingest_binance.backfill:BinanceBackfill",
    feeds=(
        Feed(
            name="binance",
            normalise="ingest_binance.normalising:normalise",
            keys=r'"(?:stream|e)"\s*:',
            recorded=("binance_spot/*.gz", "frames/binance_*.jsonl", "frames/BINANCE*.gz"),
        ),
    ),
    headers=("X-MBX-USED-WEIGHT-1M",),
    spelling=_SPELLING,
    other_spellings={
        "binance-futures": _SPELLING,
        # Has both USD and TUSD, so what ends with USD has to be named.
        "binance-us": Spelling(USUAL_QUOTES),
    },
)
