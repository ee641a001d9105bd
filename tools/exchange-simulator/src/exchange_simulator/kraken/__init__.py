"""Kraken's spot market data: WebSocket v2 and REST."""
