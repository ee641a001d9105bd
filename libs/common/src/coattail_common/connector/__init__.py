"""What connectors share: the contract, the socket's life, continuity, refusals, health, and how one is run as a
process.
"""

from coattail_common.connector.amounts import AmountError, plain, quote_volume
from coattail_common.connector.backfill import Backfill, BackfillRefusedError, BackfillUnavailableError
from coattail_common.connector.base import BaseConnector
from coattail_common.connector.closing import SocketClosedError
from coattail_common.connector.continuity import Continuity
from coattail_common.connector.decoding import (
    DECODING_ERRORS,
    digits,
    either,
    separately,
    undecodable,
    unknown_market,
    unreadable_time,
)
from coattail_common.connector.following import Change, Followed, Naming
from coattail_common.connector.gap_filling import gap_filling
from coattail_common.connector.holes import Gap
from coattail_common.connector.market_watch import ConfiguredMarkets, MarketWatch, configured_markets
from coattail_common.connector.markets import Market, by_exchange_name, market
from coattail_common.connector.messages import (
    Alias,
    Complaint,
    Cursor,
    Ending,
    ExchangeRefusedError,
    Message,
    Reason,
    Refusal,
    SessionRefusedError,
)
from coattail_common.connector.numbering import NO_FILLING, Filling, Verdict
from coattail_common.connector.options import Clock, GapOptions, SocketOptions, utc_micros
from coattail_common.connector.pace import Pacing
from coattail_common.connector.probes import ConnectorProbes
from coattail_common.connector.rates import RateLimit
from coattail_common.connector.reconnect import FULL_JITTER, full_jitter
from coattail_common.connector.recovery import Ledger, NoLedger
from coattail_common.connector.reporting import Reporter
from coattail_common.connector.rest import Answer, RestClient, items
from coattail_common.connector.running import Delivery, run
from coattail_common.connector.settings import SYMBOLS, ConnectorSettings, symbols_aliases
from coattail_common.connector.starting import Parts, start
from coattail_common.connector.streaming import SocketConnector
from coattail_common.connector.tally import Tally
from coattail_common.connector.times import TimeError, micros
from coattail_common.connector.websocket import Connect, WebSocket

__all__ = [
    "DECODING_ERRORS",
    "FULL_JITTER",
    "NO_FILLING",
    "SYMBOLS",
    "Alias",
    "AmountError",
    "Answer",
    "Backfill",
    "BackfillRefusedError",
    "BackfillUnavailableError",
    "BaseConnector",
    "Change",
    "Clock",
    "Complaint",
    "ConfiguredMarkets",
    "Connect",
    "ConnectorProbes",
    "ConnectorSettings",
    "Continuity",
    "Cursor",
    "Delivery",
    "Ending",
    "ExchangeRefusedError",
    "Filling",
    "Followed",
    "Gap",
    "GapOptions",
    "Ledger",
    "Market",
    "MarketWatch",
    "Message",
    "Naming",
    "NoLedger",
    "Pacing",
    "Parts",
    "RateLimit",
    "Reason",
    "Refusal",
    "Reporter",
    "RestClient",
    "SessionRefusedError",
    "SocketClosedError",
    "SocketConnector",
    "SocketOptions",
    "Tally",
    "TimeError",
    "Verdict",
    "WebSocket",
    "by_exchange_name",
    "configured_markets",
    "digits",
    "either",
    "full_jitter",
    "gap_filling",
    "items",
    "market",
    "micros",
    "plain",
    "quote_volume",
    "run",
    "separately",
    "start",
    "symbols_aliases",
    "undecodable",
    "unknown_market",
    "unreadable_time",
    "utc_micros",
]
