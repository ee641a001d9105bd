"""Consumers of alerts and events on the bus read every published version: the demo's tap, and the lineage of a landed alert."""

import json

import msgspec
import pytest
from tests.contract.payloads import Golden, golden, name_of

from coattail_common.contracts import Alert, Event, Lineage
from coattail_demo.tap import AlertTap
from coattail_detectors import ModuleRegistry

ALERTS = golden("alert")
EVENTS = golden("events")
NOW = 1_700_000_002_000_000


def envelope(detail_type: str, detail: bytes) -> str:
    """A message of the queue behind the bus, as EventBridge writes it."""
    return json.dumps(
        {
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": detail_type,
            "source": "coattail.stream-detectors",
            "account": "000000000000",
            "time": "2023-11-14T22:13:21Z",
            "region": "us-west-2",
            "resources": [],
            "detail": json.loads(detail),
        }
    )


@pytest.mark.parametrize("payload", ALERTS, ids=name_of)
def test_the_tap_takes_an_alert(payload: Golden) -> None:
    tap = AlertTap(now=lambda: NOW)
    tap.take(envelope("alert.raised", payload.payload))
    assert tap.unread == []
    (seen,) = tap.alerts
    assert seen.arrived_at == NOW
    assert json.loads(msgspec.json.encode(seen.alert)) == json.loads(payload.payload)


def test_the_tap_tells_repeats_by_their_id() -> None:
    tap = AlertTap(now=lambda: NOW)
    for payload in (*ALERTS, *ALERTS):
        tap.take(envelope("alert.raised", payload.payload))
    assert len(tap.alerts) == len(ALERTS)
    assert tap.repeats == len(ALERTS)


def test_the_tap_passes_over_what_was_known_before() -> None:
    body = envelope("alert.raised", ALERTS[0].payload)
    first = AlertTap(now=lambda: NOW)
    first.take(body)
    tap = AlertTap(now=lambda: NOW, known={first.alerts[0].alert.alert_id})
    tap.take(body)
    assert (tap.alerts, tap.repeats) == ((), 1)


@pytest.mark.parametrize("payload", ALERTS, ids=name_of)
def test_the_details_are_those_of_the_type(payload: Golden) -> None:
    alert = msgspec.json.decode(payload.payload, type=Alert)
    kinds = {kind.alert_type: kind for module in ModuleRegistry.load().modules for kind in module.alerts}
    details = alert.details_as(kinds[alert.alert_type])
    assert json.loads(msgspec.json.encode(details)) == json.loads(payload.payload)["details"]


@pytest.mark.parametrize("payload", ALERTS, ids=name_of)
def test_the_lineage_leads_back_to_the_trades(payload: Golden) -> None:
    alert = msgspec.json.decode(payload.payload, type=Alert)
    landed = msgspec.json.encode(alert.lineage)
    lineage = msgspec.json.decode(landed, type=Lineage)
    assert lineage.last_trade_id - lineage.first_trade_id + 1 == lineage.trade_count


@pytest.mark.parametrize("payload", EVENTS, ids=name_of)
def test_the_tap_counts_an_event_by_its_type(payload: Golden) -> None:
    detail_type = payload.contract.split("/")[1]
    tap = AlertTap(now=lambda: NOW)
    tap.take(envelope(detail_type, payload.payload))
    assert tap.events == {detail_type: 1}
    assert tap.unread == []


def test_every_event_has_golden_payloads() -> None:
    assert {payload.contract.split("/")[1] for payload in EVENTS} == {
        kind.detail_type for kind in Event.__subclasses__()
    }


@pytest.mark.parametrize("body", ["", "{}", "null", '{"detail-type":"alert.raised","source":"x","detail":{}}'])
def test_what_is_not_in_the_contracts_is_kept_and_stops_nothing(body: str) -> None:
    tap = AlertTap(now=lambda: NOW)
    tap.take(body)
    tap.take(envelope("alert.raised", ALERTS[0].payload))
    assert len(tap.unread) == 1
    assert len(tap.alerts) == 1
