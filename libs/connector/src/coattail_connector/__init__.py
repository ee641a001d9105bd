"""What connectors share: the contract, the socket's life, continuity, refusals, health, and how one is run as a
process.
"""

from coattail_connector.base import BaseConnector
from coattail_connector.frames.amounts import AmountError, plain, quote_volume
from coattail_connector.frames.decoding import (
    DECODING_ERRORS,
    digits,
    either,
    separately,
    undecodable,
    unknown_market,
    unreadable_time,
)
from coattail_connector.frames.messages import (
    Alias,
    ConnectionEnd,
    Cursor,
    ExchangeError,
    ExchangeRefusedError,
    Message,
    Reason,
    Refusal,
    SessionRefusedError,
)
from coattail_connector.frames.streamed import StreamedMarket, by_exchange_name, streamed
from coattail_connector.frames.times import TimeError, micros
from coattail_connector.frames.trades import fetched_trade
from coattail_connector.gaps.backfill import Backfill, BackfillRefusedError, BackfillUnavailableError
from coattail_connector.gaps.continuity import Continuity
from coattail_connector.gaps.gap_filling import gap_filling
from coattail_connector.gaps.holes import Gap
from coattail_connector.gaps.ledger import Ledger, NoLedger
from coattail_connector.gaps.numbering import NO_FILLING, Filling, Verdict
from coattail_connector.gaps.pace import Pacing
from coattail_connector.markets.following import Change, Followed, Naming
from coattail_connector.markets.market_watch import ConfiguredMarkets, MarketWatch, configured_markets
from coattail_connector.markets.markets import Market, market
from coattail_connector.options import Clock, GapOptions, SocketOptions, SocketParts, utc_micros
from coattail_connector.process.probes import ConnectorProbes
from coattail_connector.process.reporting import Reporter
from coattail_connector.process.running import Delivery, run
from coattail_connector.process.settings import SYMBOLS, ConnectorSettings, symbols_aliases
from coattail_connector.process.starting import ConnectorService, Parts, start
from coattail_connector.process.tally import Tally
from coattail_connector.rates import RateLimit
from coattail_connector.rest import Answer, RestClient, items
from coattail_connector.socket.closing import SocketClosedError
from coattail_connector.socket.reconnect import FULL_JITTER, full_jitter
from coattail_connector.socket.websocket import Connect, WebSocket
from coattail_connector.streaming import SocketConnector

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
    "ConfiguredMarkets",
    "Connect",
    "ConnectionEnd",
    "ConnectorProbes",
    "ConnectorService",
    "ConnectorSettings",
    "Continuity",
    "Cursor",
    "Delivery",
    "ExchangeError",
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
    "SocketParts",
    "StreamedMarket",
    "Tally",
    "TimeError",
    "Verdict",
    "WebSocket",
    "by_exchange_name",
    "configured_markets",
    "digits",
    "either",
    "fetched_trade",
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
    "streamed",
    "symbols_aliases",
    "undecodable",
    "unknown_market",
    "unreadable_time",
    "utc_micros",
]
