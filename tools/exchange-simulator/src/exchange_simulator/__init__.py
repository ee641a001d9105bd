"""Binance spot, Coinbase and Kraken over real sockets: generated or replayed trades, and misbehaviour on demand."""
