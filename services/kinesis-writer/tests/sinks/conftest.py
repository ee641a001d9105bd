"""Streams of both kinds to run the same tests over: Kinesis over HTTP, and a topic of a real broker of Kafka."""

import os
import uuid
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import pytest

from coattail_common.lines import decode_trade, unpack
from kinesis_writer import Record, Stream, open_stream, open_topic, producer_settings
from kinesis_writer.kafka_login import Login, connection
from local_cloud.kafka.broker import Broker

_QUICK = {"message.timeout.ms": 3_000, "request.timeout.ms": 2_000, "socket.timeout.ms": 3_000}
"""A test does not wait ten seconds until a record is given up."""


class Bench(Protocol):
    """A stream, what it holds, and ways to make it misbehave."""

    refused: Record
    """A record that the stream refuses, and no other with it."""

    def open(self, name: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """The stream as the writer has it, while the context is open; `name`: another that is not there."""

    def ids(self, symbol: str) -> list[int]:
        """The ids of the trades that it holds under a key, in their order."""

    def take_away(self) -> None:
        """Let no call succeed."""

    def bring_back(self) -> None:
        """Let calls succeed again."""


class KinesisBench:
    """Kinesis, as an endpoint that answers as it does."""

    refused = Record("REFUSED", b"{}")

    def __init__(self, endpoint: Any) -> None:
        self._endpoint = endpoint
        endpoint.refuses_key = self.refused.partition_key

    def open(self, name: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """See `Bench.open`."""
        if name is not None:
            body = {"__type": "ResourceNotFoundException", "message": f"Stream {name} not found"}
            self._endpoint.says = (400, body)
        return open_stream(name or "crypto-pulse-trades", "us-west-2", calls=4)

    def ids(self, symbol: str) -> list[int]:
        """See `Bench.ids`."""
        return list(self._endpoint.accepted[symbol])

    def take_away(self) -> None:
        """See `Bench.take_away`."""
        self._endpoint.says = (503, {"__type": "ServiceUnavailable", "message": "away"})

    def bring_back(self) -> None:
        """See `Bench.bring_back`."""
        self._endpoint.says = None


class KafkaBench:
    """A topic of a broker. It takes records of 100 KB once they are compressed."""

    refused = Record("REFUSED", os.urandom(200_000))

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker = broker
        self._topic = topic

    def open(self, name: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """See `Bench.open`."""
        reached = connection(Login.PLAINTEXT, "us-west-2")
        settings = producer_settings(self._broker.bootstrap, reached, calls=4) | _QUICK
        return open_topic(name or self._topic, settings)

    def ids(self, symbol: str) -> list[int]:
        """See `Bench.ids`."""
        kept = [one for one in self._broker.topics.read(self._topic) if one.key == symbol]
        return [decode_trade(line).trade_id for one in kept for line in unpack(one.value)]

    def take_away(self) -> None:
        """See `Bench.take_away`."""
        self._broker.stop()

    def bring_back(self) -> None:
        """See `Bench.bring_back`."""
        self._broker.start()


@pytest.fixture(params=["kinesis", pytest.param("kafka", marks=pytest.mark.kafka)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A stream of each kind, with what it is asked to do undone at the end."""
    if request.param == "kinesis":
        yield KinesisBench(request.getfixturevalue("endpoint"))
        return
    broker: Broker = request.getfixturevalue("kafka")
    topic = f"test-{uuid.uuid4().hex[:8]}"
    broker.topics.create(topic, 8, {"max.message.bytes": "100000"})
    yield KafkaBench(broker, topic)
    broker.start()
