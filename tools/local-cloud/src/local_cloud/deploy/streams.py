"""Kinesis."""

from local_cloud.clients import Clients

from .outcome import Action, Outcome, found, given
from .values import Values


def stream(clients: Clients, values: Values) -> Outcome:
    """aws_kinesis_stream."""
    kinesis, name = clients.client("kinesis"), values.text("name")
    details = values.optional_block("stream_mode_details")
    mode = details.text("stream_mode") if details else "PROVISIONED"

    def describe() -> dict[str, object]:
        summary: dict[str, object] = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        return summary

    action = Action.UNCHANGED
    if (summary := found(describe, {"ResourceNotFoundException"})) is None:
        shards = values.optional_number("shard_count") if mode == "PROVISIONED" else None
        kinesis.create_stream(StreamName=name, StreamModeDetails={"StreamMode": mode}, **given(ShardCount=shards))
        kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        action, summary = Action.CREATED, describe()
    arn = str(summary["StreamARN"])
    if summary["StreamModeDetails"] != {"StreamMode": mode}:
        kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": mode})
        action = max(action, Action.UPDATED, key=_weight)
    hours = values.optional_number("retention_period") or 24
    present = int(str(summary["RetentionPeriodHours"]))
    if hours != present:
        change = (
            kinesis.increase_stream_retention_period if hours > present else kinesis.decrease_stream_retention_period
        )
        change(StreamName=name, RetentionPeriodHours=hours)
        action = max(action, Action.UPDATED, key=_weight)
    if values.optional_text("encryption_type") == "KMS" and summary["EncryptionType"] != "KMS":
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=values.text("kms_key_id"))
        action = max(action, Action.UPDATED, key=_weight)
    return Outcome(action, name, arn)


def _weight(action: Action) -> int:
    """Created and then set up is created."""
    return [Action.UNCHANGED, Action.UPDATED, Action.CREATED].index(action)
