"""What Kraken is, for every tool."""

from typing import Final

from coattail_common.venues import USUAL_QUOTES, Feed, Spelling, TooOften, Venue
from ingest_kraken.assets import ALTNAMES, IDS, OURS

VENUE: Final = Venue(
    name="kraken",
    title="Kraken",
    ws_url="wss://ws.kraken.com/v2",
    rest_url="https://api.kraken.com",
    health_port=8083,
    symbols=("BTC-USD", "ETH-USD", "SOL-USD"),
    share=0.015,  # REST may be asked every other second, and tells a thousand trades
    settings="ingest_kraken.settings:Settings",
    markets_by_name="ingest_kraken.naming:markets_by_name",
    backfill="ingest_kraken.backfill:KrakenBackfill",
    feeds=(
        Feed(
            name="kraken",
            normalise="ingest_kraken.normalising:normalise",
            keys=r'"channel"\s*:\s*"(?:trade|status|heartbeat)"|"method"\s*:',
        ),
    ),
    too_often=TooOften(200, None, '{"error":["EGeneral:Too many requests"]}'),
    spelling=Spelling((*USUAL_QUOTES, "USD", "CAD", "CHF", *ALTNAMES), OURS, IDS),
)
