from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coattail_connector import Reason, TimeError, micros
from coattail_connector.frames import times
from coattail_connector.frames.decoding import unreadable_time
from coattail_connector.frames.times import exact_micros

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_OF_THE_DAY = 1_767_657_599_999_999

fractions = st.text("0123456789", max_size=12).map(lambda digits: digits and f".{digits}")
offsets = st.builds(
    lambda sign, hours, minutes: f"{sign}{hours:02}:{minutes:02}",
    st.sampled_from("+-"),
    st.integers(0, 23),
    st.integers(0, 59),
)
texts = st.builds(
    lambda second, fraction, zone: f"{second.isoformat(timespec='seconds')}{fraction}{zone}",
    st.datetimes(),
    fractions,
    st.just("Z") | offsets,
)


@pytest.mark.parametrize("read", [micros, exact_micros])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-05T23:59:59.999999999Z", LAST_OF_THE_DAY),
        ("2026-01-05T23:59:59.9999995Z", LAST_OF_THE_DAY),
        ("2026-01-05T23:59:59.999999999999Z", LAST_OF_THE_DAY),
        ("2026-01-06T01:59:59.999999999+02:00", LAST_OF_THE_DAY),
        ("2026-01-05T18:29:59.999999999-0530", LAST_OF_THE_DAY),
        ("2026-01-05t23:59:59.999999z", LAST_OF_THE_DAY),
        ("2026-01-05 23:59:59.999999Z", LAST_OF_THE_DAY),
        ("2026-01-05T23:59:59Z", 1_767_657_599_000_000),
        ("2026-01-05T23:59:59.5Z", 1_767_657_599_500_000),
        ("2024-02-29T00:00:00.000001Z", 1_709_164_800_000_001),
        ("1969-12-31T23:59:59.9999999Z", -1),
        ("9999-12-31T23:59:59.999999999-23:59", 253_402_387_139_999_999),
    ],
)
def test_micros_are_cut_from_the_text(read: object, text: str, expected: int) -> None:
    assert callable(read)
    assert read(text) == expected


@given(texts)
@example("0001-01-01T00:00:00+23:59")
@example("2000-02-29T23:59:59.9999999Z")
def test_micros_are_those_of_the_digits(text: str) -> None:
    """Python's own reading cuts too; it reads more than RFC 3339, so that it does not serve alone."""
    expected = (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)
    assert micros(text) == exact_micros(text) == expected


@pytest.mark.parametrize("read", [micros, exact_micros])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-01-05",
        "2026-01-05T23:59:59",
        "2026-01-05T23:59:59.999999",
        "2026-01-05T23:59:59.Z",
        "2026-01-05T23:59:59,5Z",
        "2026-01-05T23:59Z",
        "2026-1-05T23:59:59Z",
        "2026-01-05T23:59:60Z",
        "2026-01-05T24:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-05T23:59:59+24:00",
        "2026-01-05T23:59:59+23:60",
        "2026-01-05T23:59:59+02",
        "2026-01-05T23:59:59+02:00:30",
        " 2026-01-05T23:59:59Z",
        "2026-01-05T23:59:59Z\n",
        "2026-01-05T23:59:59.1\x00Z",
        "２026-01-05T23:59:59Z",
        "2026-01-05T23:59:59.１Z",
        "2026-01-05T23:59:59.12345１Z",
        "2026-01-05T23:59:59.12345²Z",
        "2026-01-05T23:59:59.12_456Z",
        "2026-01-05T23:59:59x123456Z",
        "1767657599",
    ],
)
def test_a_text_that_is_no_time_is_refused_with_a_reason(read: object, text: str) -> None:
    assert callable(read)
    with pytest.raises(TimeError) as raised:
        read(text)
    refusal = unreadable_time(raised.value, "$.time")
    assert refusal.reason is Reason.INVALID
    assert refusal.detail == f"{text!r} is no RFC 3339 time with a zone - at `$.time`"


def test_a_long_text_is_shown_by_its_beginning() -> None:
    with pytest.raises(TimeError, match=f"^'{'9' * 60}' is no"):
        micros("9" * 5000)


def test_exact_micros_remembers_no_end_of_seconds() -> None:
    began = datetime(2026, 1, 5, tzinfo=UTC)
    for second in range(5000):
        text = (began + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.250000Z")
        assert exact_micros(text) == 1_767_571_200_250_000 + second * 1_000_000
    assert len(times._seconds) <= times._REMEMBERED
