"""Puts our mappings in the place of LocalStack's poller for Kinesis; states, updates and deletion stay LocalStack's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.config import Config
from localstack import config
from localstack.services.lambda_.event_source_mapping.esm_event_processor import EsmEventProcessor
from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
from localstack.services.lambda_.event_source_mapping.pipe_utils import get_internal_client
from localstack.services.lambda_.event_source_mapping.pollers.poller import Poller

from .clients import KinesisSource, LambdaFunction, destination_of
from .delivery import Delivery
from .mapping import Mapping as StreamMapping
from .progress import Lane, Progress
from .reader import LaneReader
from .records import Origin, StreamRecord
from .settings import Start, read_kafka_settings, read_settings

# A function may run for 15 minutes, and must not be called again because an answer takes long.
_INVOKE = Config(retries={"total_max_attempts": 1}, read_timeout=905, tcp_keepalive=True)

_CLOSE_SECONDS = 2.0

# By mapping, for as long as this LocalStack lives.
_progress: dict[str, Progress] = {}


class KafkaPoller(Poller):  # type: ignore[misc]  # LocalStack has no types
    """The same for topics of Kafka. The configuration names the brokers: Kafka of one's own (`SelfManagedEventSource`)."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        """Raises `UnsupportedMappingError`."""
        super().__init__(processor=EsmEventProcessor(None, None))
        from .kafka import KafkaSource, kafka_event_of  # noqa: PLC0415 - its client is not wanted by those who have no Kafka

        settings = read_kafka_settings(configuration)
        servers = ",".join(configuration["SelfManagedEventSource"]["Endpoints"]["KAFKA_BOOTSTRAP_SERVERS"])
        self._source = source = KafkaSource(servers, configuration["Topics"])
        function = LambdaFunction(
            get_internal_client(configuration["FunctionArn"], _INVOKE), configuration["FunctionArn"]
        )
        progress = _progress.setdefault(configuration["UUID"], Progress())

        def event_of(records: Sequence[StreamRecord], origin: Origin) -> dict[str, Any]:
            return kafka_event_of(records, origin.shard_id, servers)

        def run_lane(lane: Lane, start: Start) -> None:
            pause = self._mapping.stopped.wait
            origin = Origin(servers, lane.shard_id, "")
            delivery = Delivery(function, None, settings, origin, pause, event_of=event_of)
            poll_seconds = config.LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC
            LaneReader(lane, start, source, delivery, progress, settings, pause, poll_seconds).run()

        self._mapping = StreamMapping(source, settings, progress, run_lane)

    def event_source(self) -> str:
        return "SelfManagedKafka"

    def poll_events(self) -> None:
        self._mapping.look()

    def close(self) -> None:
        self._mapping.close(_CLOSE_SECONDS)
        self._source.close()


class KinesisPoller(Poller):  # type: ignore[misc]  # LocalStack has no types
    """What LocalStack's worker calls about once a second, and closes at the end of its thread."""

    def __init__(self, configuration: Mapping[str, Any], role_arn: str) -> None:
        """Raises `UnsupportedMappingError`."""
        stream_arn, mapping_id = configuration["EventSourceArn"], configuration["UUID"]
        kinesis = get_internal_client(stream_arn)
        # The processor is LocalStack's way to the function, which is not taken; its default is abstract and cannot be made.
        super().__init__(source_arn=stream_arn, source_client=kinesis, processor=EsmEventProcessor(None, None))
        settings = read_settings(configuration)
        source = KinesisSource(kinesis, stream_arn)
        function = LambdaFunction(
            get_internal_client(configuration["FunctionArn"], _INVOKE), configuration["FunctionArn"]
        )
        destination = (
            destination_of(settings.destination, get_internal_client(settings.destination), mapping_id)
            if settings.destination
            else None
        )
        progress = _progress.setdefault(mapping_id, Progress())

        def run_lane(lane: Lane, start: Start) -> None:
            pause = self._mapping.stopped.wait
            origin = Origin(stream_arn, lane.shard_id, role_arn)
            delivery = Delivery(function, destination, settings, origin, pause)
            poll_seconds = config.LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC
            LaneReader(lane, start, source, delivery, progress, settings, pause, poll_seconds).run()

        self._mapping = StreamMapping(source, settings, progress, run_lane)

    def event_source(self) -> str:
        return "aws:kinesis"

    def poll_events(self) -> None:
        self._mapping.look()

    def close(self) -> None:
        self._mapping.close(_CLOSE_SECONDS)


def install() -> None:
    """Makes LocalStack's factory give workers over `KinesisPoller` for a stream of Kinesis and over `KafkaPoller` for Kafka."""
    of_localstack: Callable[[EsmWorkerFactory], EsmWorker] = EsmWorkerFactory.get_esm_worker

    def get_esm_worker(factory: EsmWorkerFactory) -> EsmWorker:
        configuration = factory.esm_config
        if "SelfManagedEventSource" in configuration:
            return EsmWorker(configuration, KafkaPoller(configuration), enabled=factory.enabled)
        if ":kinesis:" not in configuration.get("EventSourceArn", ""):
            return of_localstack(factory)
        return EsmWorker(
            configuration, KinesisPoller(configuration, factory.function_role_arn), enabled=factory.enabled
        )

    EsmWorkerFactory.get_esm_worker = get_esm_worker
