"""When quality is degraded, and when it is again."""

from decimal import Decimal

import pytest

from dq_lambda.degradation import Bounds, Count, Degradation, Quality

BOUNDS = Bounds(Decimal(95), 5)
BAD, GOOD = Count(1000, 51), Count(1000, 50)


def after(*counts: Count, start: int = 100, quality: Quality | None = None, now: int = 7) -> Quality:
    quality = quality or Quality()
    for period, count in enumerate(counts, start):
        quality = quality.after({period: count}, BOUNDS, now)
    return quality


def test_five_bad_periods_are_a_degradation_once_the_fifth_is_over() -> None:
    assert after(*[BAD] * 5).degradation is None
    assert after(*[BAD] * 6).degradation == Degradation(found_at=7, score=Decimal("94.90"))


@pytest.mark.parametrize("place", range(5))
def test_one_good_period_among_them_and_it_is_none(place: int) -> None:
    counts = [BAD] * 5
    counts[place] = GOOD

    assert after(*counts, Count(1)).degradation is None


def test_the_period_under_way_is_not_judged() -> None:
    assert after(*[BAD] * 5, Count(1, 0)).degradation is not None
    assert after(GOOD, *[BAD] * 4, Count(1, 1)).degradation is None


def test_a_degradation_lasts_until_five_good_periods() -> None:
    degraded = after(*[BAD] * 6)
    now_and_then = after(*[GOOD] * 3, BAD, *[GOOD] * 4, start=106, quality=degraded, now=9)
    over = after(GOOD, GOOD, start=114, quality=now_and_then, now=9)

    assert now_and_then.degradation == degraded.degradation
    assert over.degradation is None
    assert after(*[BAD] * 6, start=116, quality=over, now=11).degradation == Degradation(
        found_at=11, score=Decimal("94.90")
    )


def test_silence_says_nothing() -> None:
    degraded = after(*[BAD] * 6)

    assert after(GOOD, start=500, quality=degraded).degradation == degraded.degradation
    assert after(BAD, BAD, Count(), BAD, BAD, BAD).degradation is None


def test_counts_of_several_readers_add_up_whatever_their_order() -> None:
    quality = Quality()
    for period in (103, 101, 105, 102, 104, 100):
        quality = quality.after({period: Count(500, 1)}, BOUNDS, 7)
    assert quality.degradation is None
    for period in (105, 104, 100, 102, 101, 103):
        quality = quality.after({period: Count(500, 50)}, BOUNDS, 7)

    assert quality.degradation == Degradation(found_at=7, score=Decimal("94.90"))


def test_old_periods_are_forgotten() -> None:
    assert len(after(*[GOOD] * 100).counts) == 11


def test_a_degradation_is_claimed_by_one_until_the_claim_runs_out() -> None:
    degraded = after(*[BAD] * 6, now=1_000)
    claimed = degraded.claimed(1_000)
    assert claimed.degradation is not None
    assert degraded.degradation is not None

    assert degraded.degradation.may_be_claimed(1_000)
    assert not claimed.degradation.may_be_claimed(60_000_999)
    assert claimed.degradation.may_be_claimed(60_001_000)
    told = claimed.told(found_at=1_000)
    assert told.degradation is not None
    assert not told.degradation.may_be_claimed(10**18)
    assert claimed.told(found_at=999) == claimed


def test_told_removes_the_degradation_that_was_told_and_no_other() -> None:
    first, second = Degradation(found_at=1, score=Decimal(90)), Degradation(found_at=2, score=Decimal(80))

    assert Quality(untold=(first, second)).told(1).untold == (second,)


def test_claim_that_ends_later_than_any_can_holds_nothing_up() -> None:
    """A damaged time, or another clock, must not keep the event back for years."""
    assert not Degradation(found_at=1, score=Decimal(90), claimed_until=60_000_005).may_be_claimed(5)
    assert Degradation(found_at=1, score=Decimal(90), claimed_until=60_000_006).may_be_claimed(5)


def test_fitting_keeps_periods_up_to_ten_minutes_ahead() -> None:
    """The clock of the stream may be ahead of the process's."""
    now = 1_700_000_000_000_000
    newest = (now + 600_000_000) // 60_000_000
    quality = Quality({at: Count(1) for at in (-1, 0, newest, newest + 1)})

    assert quality.fitting(60_000_000, now).counts.keys() == {0, newest}
    assert quality.fitting(60_000_000, now).fitting(1_000_000, now).counts == {}
