"""Binance spot: its WebSocket streams and the REST endpoints a trade connector needs."""
