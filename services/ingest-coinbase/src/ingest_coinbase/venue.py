"""What Coinbase is, for every tool."""

from typing import Final

from coattail_common.venues import Feed, Venue

VENUE: Final = Venue(
    name="coinbase",
    title="Coinbase",
    ws_url="wss://ws-feed.exchange.coinbase.com",
    rest_url="https://api.exchange.coinbase.com",
    health_port=8082,
    symbols=("BTC-USD", "ETH-USD", "SOL-USD"),
    share=0.185,
    settings="ingest_coinbase.settings:Settings",
    markets_by_name="ingest_coinbase.naming:markets_by_name",
    backfill="ingest_coinbase.backfill:CoinbaseBackfill",
    feeds=(
        Feed(
            name="coinbase",
            normalise="ingest_coinbase.normalising:normalise",
            trades="match",
            keys=r'"product_ids?"\s*:|"type"\s*:\s*"subscriptions"',
            recorded=("coinbase_exchange/*.gz", "frames/coinbase_exchange_*.jsonl"),
        ),
        Feed(
            name="coinbase-advanced",
            address="advanced_ws",
            normalise="ingest_coinbase.advanced_normalising:normalise",
            trades="market_trades",
            keys=r'"sequence_num"\s*:|"channel"\s*:\s*"(?:market_trades|heartbeats|l2_data|ticker_batch)"',
        ),
    ),
    headers=("CB-AFTER", "CB-BEFORE"),
)
