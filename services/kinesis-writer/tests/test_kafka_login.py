"""How a broker is reached. What MSK answers to a token is not shown here (docs/unproven.md)."""

import base64
import logging
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from confluent_kafka import Producer

from kinesis_writer.kafka_login import Login, connection

QUIET = logging.getLogger("tests.librdkafka")
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


@pytest.mark.parametrize("login", Login)
def test_librdkafka_accepts_the_settings_of_each_login(login: Login) -> None:
    """A name that it does not know ends the producer's making, not its first call."""
    expires_ms = 1000 * (time.time() + 900)
    reached = connection(login, "us-west-2", lambda _region: ("token", expires_ms))
    with Producer({"bootstrap.servers": "127.0.0.1:9", **reached}, logger=QUIET):
        pass


def test_a_token_expires_when_its_maker_says() -> None:
    regions: list[str] = []

    def make_token(region: str) -> tuple[str, float]:
        regions.append(region)
        return "token", 1_700_000_900_000

    reached = connection(Login.MSK_IAM, "eu-west-1", make_token)

    assert reached["oauth_cb"]("") == ("token", 1_700_000_900)
    assert regions == ["eu-west-1"]


def test_the_token_is_a_signed_address_of_the_region_for_fifteen_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    token, expires = connection(Login.MSK_IAM, "eu-west-1")["oauth_cb"]("")

    address = urlsplit(base64.urlsafe_b64decode(token + "==").decode())
    assert address.hostname == "kafka.eu-west-1.amazonaws.com"
    query = parse_qs(address.query)
    assert query["Action"] == ["kafka-cluster:Connect"]
    assert query["X-Amz-Credential"][0].startswith("AKIDEXAMPLE/")
    assert 800 < expires - time.time() < 1_000
