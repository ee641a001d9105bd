"""Coinbase Exchange: its WebSocket feed and the REST endpoints a trade connector needs."""
