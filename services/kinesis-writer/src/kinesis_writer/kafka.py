"""Kafka behind the seam: librdkafka's idempotent producer, which asks every replica in sync (`acks=all`).

The producer sends a record again by itself for a few seconds, and then gives it up: the schedule repeats it, as it does for Kinesis. A
record that was given up may be in the topic all the same. The next try then doubles it, and does not reorder what came first, as a market
has one record under way.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Protocol

from confluent_kafka import KafkaError, KafkaException, Producer

from kinesis_writer.stream import MAX_CALL_BYTES, Record, Refusal, StreamUnavailableError

_ANSWER_SECONDS: Final = 10
_CHECK_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.1
_END_SECONDS: Final = 5.0

_OF_THE_RECORD: Final = frozenset(
    {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_MSG_SIZE, KafkaError.INVALID_RECORD}
)
"""Errors that concern a record and not the stream: they never say that the stream is away."""

_quiet: Final = logging.getLogger("kinesis_writer.librdkafka")
"""For librdkafka's own lines, one for each connection that fails: what they say is in the reason of a failed call."""
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class KafkaProducer(Protocol):
    """The part of confluent-kafka's `Producer` that is used. Every method may be called by any thread."""

    def produce(self, topic: str, value: bytes, key: bytes, *, on_delivery: Callable[[Any, Any], None]) -> None:
        """Queue a record; `on_delivery` is called by `poll` with an error or `None`, and the record."""

    def poll(self, timeout: float) -> int:
        """Call what is to be called, and wait for more of it for `timeout` seconds at most."""

    def purge(self) -> None:
        """Give up all records that are queued or under way."""

    def flush(self, timeout: float) -> int:
        """Poll until no record is left."""

    def list_topics(self, topic: str, timeout: float) -> Any:
        """Return what the brokers know of a topic."""


type MakeProducer = Callable[[Mapping[str, Any]], KafkaProducer]
"""Makes a producer of its settings."""


class KafkaTopic:
    """A topic of Kafka as a `Stream`. Works while its context is open.

    A producer that has met a fatal error, which librdkafka never leaves, is replaced by another at the next call.
    """

    def __init__(self, topic: str, settings: Mapping[str, Any], make: MakeProducer | None = None) -> None:
        self._topic = topic
        self._settings = settings
        self._make = make or _make_producer
        self._serving: _Serving | None = None
        self._making = asyncio.Lock()

    async def __call__(self, records: Sequence[Record]) -> Sequence[Refusal | None]:
        """See `PutRecords`."""
        serving = await self._served()
        deliveries = _Deliveries(len(records), asyncio.get_running_loop())
        for number, record in enumerate(records):
            serving.produce(self._topic, record, partial(deliveries.settle, number))
        errors = await deliveries.all_settled
        answer = [None if error is None else Refusal(error.name(), error.str()) for error in errors]
        failed = [error for error in errors if error is not None and error.code() not in _OF_THE_RECORD]
        if failed and len(failed) == len(errors):
            raise StreamUnavailableError(serving.reason(failed[0]))
        serving.note_answer()
        return answer

    async def check(self) -> None:
        """See `Stream.check`."""
        serving = await self._served()
        try:
            found = await asyncio.to_thread(serving.producer.list_topics, self._topic, timeout=_CHECK_SECONDS)
        except KafkaException as error:
            raise StreamUnavailableError(serving.reason(error.args[0])) from error
        if (unknown := found.topics[self._topic].error) is not None:
            problem = f"topic {self._topic}: {unknown.name()}: {unknown.str()}"
            raise StreamUnavailableError(problem)

    async def close(self) -> None:
        """Give up what is under way, and end the producer."""
        serving, self._serving = self._serving, None
        if serving is not None:
            await asyncio.to_thread(serving.end)

    async def _served(self) -> "_Serving":
        """Return the producer, another one where the last has met a fatal error. Raises `StreamUnavailableError`."""
        async with self._making:
            if self._serving is not None and self._serving.fatal:
                await self.close()
            if self._serving is None:
                try:
                    # In a thread: where a login needs a token, librdkafka waits ten seconds for one, and fails.
                    self._serving = await asyncio.to_thread(_Serving, self._settings, self._make)
                except KafkaException as error:
                    problem = " ".join(f"{error.args[0].name()}: {error.args[0].str()}".split())
                    raise StreamUnavailableError(problem) from error
            return self._serving


class _Serving:
    """A producer, and the thread that calls what the producer has to say."""

    def __init__(self, settings: Mapping[str, Any], make: MakeProducer) -> None:
        self.fatal = False
        """Whether the producer takes no more records for good."""
        self._last = ""
        self._ended = threading.Event()
        self.producer = make({**settings, "error_cb": self._note})
        self._thread = threading.Thread(target=self._serve, name="kafka-deliveries", daemon=True)
        self._thread.start()

    def produce(self, topic: str, record: Record, settle: Callable[[KafkaError | None, object], None]) -> None:
        """Queue a record. `settle` is called with what became of it, by another thread or by this one."""
        try:
            self.producer.produce(topic, record.payload, record.partition_key.encode(), on_delivery=settle)
        except BufferError:
            settle(KafkaError(KafkaError._QUEUE_FULL), None)
        except KafkaException as error:
            self._note(error.args[0])
            settle(error.args[0], None)

    def note_answer(self) -> None:
        """Forget the connection's last error: a broker has answered since."""
        self._last = ""

    def reason(self, error: KafkaError) -> str:
        """Return why a call failed, on one line: that a record timed out says little without the connection's last error."""
        said = f"{error.name()}: {error.str()}"
        return " ".join((f"{said} ({self._last})" if self._last and self._last != error.str() else said).split())

    def end(self) -> None:
        """Give up what is under way, and wait until each of it is said to be so."""
        self._ended.set()
        self._thread.join(_END_SECONDS)
        self.producer.purge()
        self.producer.flush(_END_SECONDS)

    def _note(self, error: KafkaError) -> None:
        self._last = error.str()
        if error.fatal() or error.code() == KafkaError._FATAL:
            self.fatal = True

    def _serve(self) -> None:
        while not self._ended.is_set():
            self.producer.poll(_POLL_SECONDS)


class _Deliveries:
    """What became of the records of one call, as far as it is known."""

    def __init__(self, records: int, loop: asyncio.AbstractEventLoop) -> None:
        self._errors: list[KafkaError | None] = [None] * records
        self._left = records
        self._lock = threading.Lock()
        self._loop = loop
        self.all_settled: asyncio.Future[list[KafkaError | None]] = loop.create_future()
        """One entry for each record, `None` where it was accepted."""

    def settle(self, number: int, error: KafkaError | None, _record: object) -> None:
        """Note what became of a record. Any thread may call it."""
        with self._lock:
            self._errors[number] = error
            self._left -= 1
            last = not self._left
        if last and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        if not self.all_settled.done():  # else its call was cancelled
            self.all_settled.set_result(self._errors)


@asynccontextmanager
async def open_topic(topic: str, settings: Mapping[str, Any]) -> AsyncIterator[KafkaTopic]:
    """The topic, while the context is open. `settings` are those of `producer_settings`."""
    opened = KafkaTopic(topic, settings)
    try:
        yield opened
    finally:
        await opened.close()


def producer_settings(brokers: str, connection: Mapping[str, Any], *, calls: int) -> dict[str, Any]:
    """Return librdkafka's settings for `brokers` (`host:port,host:port`), with `calls` calls under way at once.

    `connection` says how a broker is reached (`kafka_login.py`).
    """
    return {
        "bootstrap.servers": brokers,
        "client.id": "coattail-kinesis-writer",
        "enable.idempotence": True,
        "acks": "all",
        # The partitioner of Kafka's own clients: a key has one partition, whichever client puts it.
        "partitioner": "murmur2",
        # Records are packed when they come here; this is for those of one call.
        "linger.ms": 1,
        "compression.type": "lz4",
        # A record of MAX_RECORD_BYTES and what the format adds; brokers take 1,048,588 bytes.
        "message.max.bytes": 1_048_576,
        "queue.buffering.max.kbytes": (calls * MAX_CALL_BYTES) // 1024 + 1024,
        "message.timeout.ms": _ANSWER_SECONDS * 1000,
        "request.timeout.ms": _ANSWER_SECONDS * 1000 - 1000,
        "socket.timeout.ms": _ANSWER_SECONDS * 1000,
        # More partitions are found within this time, and not within five minutes.
        "topic.metadata.refresh.interval.ms": 10_000,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1000,
        **connection,
    }


def _make_producer(settings: Mapping[str, Any]) -> KafkaProducer:
    producer: KafkaProducer = Producer(dict(settings), logger=_quiet)
    return producer
