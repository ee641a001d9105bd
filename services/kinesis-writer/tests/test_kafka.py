"""What a real broker does not do when it is asked to: a producer that fails for good, a full queue, answers out of time."""

import asyncio
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from kinesis_writer import KafkaTopic, Record, Refusal, StreamUnavailableError
from kinesis_writer.kafka import producer_settings

RECORDS = (Record("BTC-USDT", b"one"), Record("ETH-USDT", b"two"))

type Settle = Callable[[KafkaError | None, object], None]


class FakeProducer:
    """A producer that settles each record as `says` tells it, when it is polled; a record without a word stays under way."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self.says: list[KafkaError | None] = []
        self.raises: Exception | None = None
        self.produced: list[bytes] = []
        self.ended = False
        self._under_way: list[Settle] = []

    def produce(self, topic: str, value: bytes, key: bytes, *, on_delivery: Settle) -> None:  # noqa: ARG002
        """See `KafkaProducer.produce`."""
        if self.raises is not None:
            raise self.raises
        self.produced.append(value)
        self._under_way.append(on_delivery)

    def poll(self, timeout: float) -> int:  # noqa: ARG002
        """See `KafkaProducer.poll`."""
        while self.says and self._under_way:
            self._under_way.pop(0)(self.says.pop(0), None)
        return 0

    def purge(self) -> None:
        """See `KafkaProducer.purge`."""
        self.says = [KafkaError(KafkaError._PURGE_INFLIGHT)] * len(self._under_way)

    def flush(self, timeout: float) -> int:
        """See `KafkaProducer.flush`."""
        self.ended = True
        return self.poll(timeout)

    def list_topics(self, topic: str, timeout: float) -> Any:  # noqa: ARG002
        """See `KafkaProducer.list_topics`."""
        return SimpleNamespace(topics={topic: SimpleNamespace(error=None)})


class Made:
    """Every producer that was made, each told what to say by `says`."""

    def __init__(self, *says: list[KafkaError | None]) -> None:
        self.producers: list[FakeProducer] = []
        self._says = list(says)

    def __call__(self, settings: Mapping[str, Any]) -> FakeProducer:
        """Make one."""
        made = FakeProducer(settings)
        made.says = self._says.pop(0) if self._says else []
        self.producers.append(made)
        return made


async def test_records_that_fail_beside_one_that_is_in_are_refused_by_themselves() -> None:
    topic = KafkaTopic("trades", {}, Made([KafkaError(KafkaError._MSG_TIMED_OUT), None]))

    refusal, accepted = await topic(RECORDS)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, accepted) == ("_MSG_TIMED_OUT", None)
    await topic.close()


async def test_a_call_of_which_no_record_is_in_fails_with_the_connection_s_last_error() -> None:
    """That a record timed out says nothing to somebody on call; that the connection was refused does."""
    made = Made([KafkaError(KafkaError._MSG_TIMED_OUT)] * 2)
    topic = KafkaTopic("trades", {}, made)
    await topic.check()
    made.producers[0].settings["error_cb"](KafkaError(KafkaError._TRANSPORT, "127.0.0.1:9: Connection refused"))

    with pytest.raises(StreamUnavailableError, match=r"_MSG_TIMED_OUT: .* \(127\.0\.0\.1:9: Connection refused\)"):
        await topic(RECORDS)

    await topic.close()


async def test_an_error_of_the_connection_is_forgotten_when_a_broker_has_answered() -> None:
    made = Made([None, None])
    topic = KafkaTopic("trades", {}, made)
    await topic.check()
    producer = made.producers[0]
    producer.settings["error_cb"](KafkaError(KafkaError._TRANSPORT, "Connection refused"))
    await topic(RECORDS)

    producer.says = [KafkaError(KafkaError._MSG_TIMED_OUT)] * 2
    with pytest.raises(StreamUnavailableError) as failed:
        await topic(RECORDS)

    assert "refused" not in str(failed.value)
    await topic.close()


@pytest.mark.parametrize("how", ["told", "raised"])
async def test_a_producer_that_failed_for_good_is_replaced_by_another(how: str) -> None:
    """librdkafka's own word: a fatal error is left by a new instance alone."""
    fatal = KafkaError(KafkaError._FATAL, "out of order sequence number")
    made = Made([KafkaError(KafkaError._PURGE_QUEUE)] * 2, [None, None])
    topic = KafkaTopic("trades", {}, made)
    await topic.check()
    first = made.producers[0]
    if how == "told":
        first.settings["error_cb"](fatal)
    else:
        first.raises = KafkaException(fatal)
        with pytest.raises(StreamUnavailableError, match="out of order"):
            await topic(RECORDS)

    assert await topic(RECORDS) == [None, None]
    assert first.ended
    assert [producer.produced for producer in made.producers] == [[], [b"one", b"two"]]
    await topic.close()


async def test_a_producer_that_cannot_be_made_is_an_outage() -> None:
    """As without a token of IAM: librdkafka waits for one while the producer is made, and then raises."""

    def make(_settings: Mapping[str, Any]) -> FakeProducer:
        raise KafkaException(KafkaError(KafkaError.SASL_AUTHENTICATION_FAILED, "OAuth token not set"))

    topic = KafkaTopic("trades", {}, make)

    with pytest.raises(StreamUnavailableError, match="SASL_AUTHENTICATION_FAILED: OAuth token not set"):
        await topic(RECORDS)
    with pytest.raises(StreamUnavailableError, match="OAuth token not set"):
        await topic.check()
    await topic.close()


async def test_calls_at_once_share_one_producer() -> None:
    made = Made([None] * 4)
    topic = KafkaTopic("trades", {}, made)

    assert await asyncio.gather(topic(RECORDS), topic(RECORDS)) == [[None, None]] * 2
    assert len(made.producers) == 1
    await topic.close()


async def test_an_error_that_is_not_fatal_replaces_no_producer() -> None:
    made = Made([None, None])
    topic = KafkaTopic("trades", {}, made)
    await topic.check()
    made.producers[0].settings["error_cb"](KafkaError(KafkaError._ALL_BROKERS_DOWN))

    assert await topic(RECORDS) == [None, None]
    assert len(made.producers) == 1
    await topic.close()


async def test_a_queue_that_is_full_fails_the_call() -> None:
    made = Made([])
    topic = KafkaTopic("trades", {}, made)
    await topic.check()
    made.producers[0].raises = BufferError("Local: Queue full")

    with pytest.raises(StreamUnavailableError, match="_QUEUE_FULL"):
        await topic(RECORDS)

    await topic.close()


async def test_closing_gives_up_what_is_under_way() -> None:
    made = Made([])
    topic = KafkaTopic("trades", {}, made)
    await topic.check()
    call = asyncio.create_task(topic(RECORDS))
    while len(made.producers[0].produced) < len(RECORDS):  # noqa: ASYNC110  (it has no event)
        await asyncio.sleep(0)

    await topic.close()

    async with asyncio.timeout(60):
        with pytest.raises(StreamUnavailableError, match="_PURGE_INFLIGHT"):
            await call


async def test_an_answer_that_comes_after_its_call_was_cancelled_is_no_error() -> None:
    made = Made([])
    topic = KafkaTopic("trades", {}, made)
    await topic.check()
    call = asyncio.create_task(topic(RECORDS))
    while len(made.producers[0].produced) < len(RECORDS):  # noqa: ASYNC110  (it has no event)
        await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)

    made.producers[0].says = [None, None]
    await topic.close()

    assert made.producers[0].produced == [b"one", b"two"]


def test_the_producer_is_idempotent_and_its_queue_is_bounded_by_the_calls() -> None:
    settings = producer_settings("b-1:9098", {"security.protocol": "SSL"}, calls=4)

    assert settings["enable.idempotence"]
    assert settings["acks"] == "all"
    assert 20_000 <= settings["queue.buffering.max.kbytes"] <= 24_000
    assert settings["security.protocol"] == "SSL"
