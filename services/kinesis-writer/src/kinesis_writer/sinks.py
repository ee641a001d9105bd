"""Which stream the settings name: the one place that knows both kinds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kinesis_writer.kafka import open_topic, producer_settings
from kinesis_writer.kafka_login import connection
from kinesis_writer.kinesis import open_stream
from kinesis_writer.settings import Settings, SinkFormat
from kinesis_writer.stream import Stream


@asynccontextmanager
async def open_sink(settings: Settings) -> AsyncIterator[Stream]:
    """The stream of the settings, while the context is open."""
    match settings.sink_format:
        case SinkFormat.KINESIS:
            async with open_stream(settings.stream, settings.region, calls=settings.max_calls) as stream:
                yield stream
        case SinkFormat.KAFKA:
            reached = connection(settings.kafka_login, settings.region)
            of_producer = producer_settings(settings.kafka_brokers or "", reached, calls=settings.max_calls)
            async with open_topic(settings.stream, of_producer) as topic:
                yield topic
