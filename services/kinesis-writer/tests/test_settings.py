"""The settings: what is wrong is named, with what to set instead."""

import pytest

from coattail_runtime.settings import read
from kinesis_writer.kafka_login import Login
from kinesis_writer.settings import Settings, SinkFormat


def test_the_defaults_serve_a_laptop() -> None:
    settings = read(Settings, [], {})

    assert (settings.stream, settings.region) == ("crypto-pulse-trades", "us-west-2")
    assert (settings.link_host, settings.link_port) == ("127.0.0.1", 7070)
    assert settings.link_token is None
    assert settings.sink_format is SinkFormat.KINESIS


def test_kafka_is_reached_over_tls_unless_said_otherwise() -> None:
    settings = read(Settings, ["--sink-format", "kafka", "--kafka-brokers", "b-1.example:9098,b-2.example:9098"], {})

    assert (settings.sink_format, settings.kafka_login) == (SinkFormat.KAFKA, Login.TLS)
    assert settings.kafka_brokers == "b-1.example:9098,b-2.example:9098"


def test_flags_are_settings() -> None:
    settings = read(Settings, ["--link-port", "0", "--record-age", "0.5", "--link-token", "secret"], {})

    assert (settings.link_port, settings.record_age) == (0, 0.5)
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("flag", "value", "names"),
    [
        ("--link-port", "70000", "KINESIS_WRITER_LINK_PORT"),
        ("--record-bytes", "2000000", "KINESIS_WRITER_RECORD_BYTES"),
        ("--max-bytes", "1", "KINESIS_WRITER_MAX_BYTES"),
        ("--log-level", "LOUD", "KINESIS_WRITER_LOG_LEVEL"),
        ("--link-host", "0.0.0.0", "KINESIS_WRITER_LINK_TOKEN"),  # noqa: S104
        ("--sink-format", "rabbitmq", "KINESIS_WRITER_SINK_FORMAT"),
        ("--sink-format", "kafka", "KINESIS_WRITER_KAFKA_BROKERS"),
        ("--kafka-brokers", "localhost", "KINESIS_WRITER_KAFKA_BROKERS"),
        ("--kafka-login", "scram", "KINESIS_WRITER_KAFKA_LOGIN"),
    ],
)
def test_a_wrong_value_is_one_line(flag: str, value: str, names: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(Settings, [flag, value], {})

    line = capsys.readouterr().err
    assert ended.value.code == 2
    assert line.count("\n") == 1
    assert names in line


def test_a_misspelt_variable_is_not_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(Settings, [], {"KINESIS_WRITER_RECORD_BYTE": "5000"})

    assert "did you mean KINESIS_WRITER_RECORD_BYTES?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [
        ["--link-host", "0.0.0.0", "--link-token", "secret"],  # noqa: S104
        ["--link-host", "10.0.0.1", "--link-socket", "/run/link.sock"],
        ["--link-host", "localhost"],
        ["--link-host", "::1"],
    ],
)
def test_a_token_is_wanted_where_others_can_connect_and_nowhere_else(flags: list[str]) -> None:
    assert read(Settings, flags, {}).link_host == flags[1]
