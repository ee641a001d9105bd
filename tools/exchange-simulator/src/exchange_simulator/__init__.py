"""Binance spot and Coinbase Exchange over real sockets: generated or replayed trades, and misbehaviour on demand."""
