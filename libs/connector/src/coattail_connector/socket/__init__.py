"""A WebSocket connection: opening, reading, closing, opening again."""
