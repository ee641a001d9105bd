"""The plan: the numbers of the long run, what less time makes of them, and that nothing is left out."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from coattail_chaos import plan
from coattail_chaos.faults import MEANING, Fault
from coattail_chaos.plan import LONG_SECONDS, SCENARIOS, Dose, Name, Stage
from coattail_chaos.scenarios import PLAYS


def alone(stages: tuple[Stage, ...]) -> dict[Name, Dose]:
    """The doses of the stages with one scenario."""
    return {stage[0].name: stage[0] for stage in stages if len(stage) == 1}


def test_the_long_run_has_the_numbers_that_were_asked_for() -> None:
    doses = alone(plan.long(LONG_SECONDS))

    assert doses[Name.CUTS].times == 200
    assert doses[Name.KILLS].times == 50
    assert doses[Name.LINK].times == 60
    assert doses[Name.THROTTLED].seconds >= 120
    assert doses[Name.GONE].seconds >= 60
    assert set(doses) == set(Name)


@given(st.floats(30, 10_000))
def test_less_time_is_less_of_everything_and_none_of_nothing(seconds: float) -> None:
    whole, part = plan.long(LONG_SECONDS), plan.long(seconds)

    assert [[dose.name for dose in stage] for stage in part] == [[dose.name for dose in stage] for stage in whole]
    for stage, full_stage in zip(part, whole, strict=True):
        for dose, full in zip(stage, full_stage, strict=True):
            assert (dose.times <= full.times) == (seconds <= LONG_SECONDS) or full.times in (0, dose.times)
            assert (dose.times > 0) == (full.times > 0)
            assert (dose.seconds > 0) == (full.seconds > 0)


def test_the_quick_run_has_every_fault() -> None:
    counted_by_others = {Fault.KINESIS_GONE}

    assert plan.expected(plan.quick()) | counted_by_others == set(Fault) - {Fault.SPOOL_FULL}
    assert plan.expected(plan.long(LONG_SECONDS)) == set(Fault)


def test_a_scenario_may_be_chosen() -> None:
    assert {dose.name for stage in plan.long(60, [Name.LINK]) for dose in stage} == {Name.LINK}
    assert plan.quick([Name.CLOCK]) == ((Dose(Name.CLOCK, times=2),),)


def test_without_a_small_disk_a_full_spool_stands_in_where_it_has_no_place_of_its_own() -> None:
    assert plan.expected(plan.without_small_disk(plan.quick())) >= {Fault.SPOOL_FULL}
    assert plan.without_small_disk(plan.long(60, [Name.DISK_FULL, Name.SPOOL_FULL])) == plan.long(60, [Name.SPOOL_FULL])
    assert plan.without_small_disk(plan.quick([Name.DISK_FULL])) == ((Dose(Name.SPOOL_FULL, times=1),),)
    assert plan.without_small_disk(plan.quick([Name.CLOCK])) == plan.quick([Name.CLOCK])


def test_every_scenario_is_described_once_and_can_be_played() -> None:
    assert Counter(scenario.name for scenario in SCENARIOS) == Counter(Name)
    assert set(PLAYS) == set(Name)
    assert set(MEANING) == set(Fault)


def test_a_stage_is_called_after_what_happens_in_it() -> None:
    assert plan.title((Dose(Name.KILLS), Dose(Name.SPOOL_FULL))) == "kills + spool-full"
