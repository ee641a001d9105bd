"""Judges every trade of the stream, counts what is wrong with it and keeps what is refused. `dq_lambda.handler` is its entry."""
