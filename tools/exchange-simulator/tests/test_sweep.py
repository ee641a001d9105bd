from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.generator.seeded import seeded
from exchange_simulator.generator.sweep import split
from exchange_simulator.plans import FILL_LIMIT_USD, MAX_FILLS, fewest_fills


@given(st.integers(), st.floats(100_001, 5_000_000), st.data())
def test_parts_sum_to_the_whole_and_none_is_above_the_limit(seed: int, usd: float, data: st.DataObject) -> None:
    fills = data.draw(st.integers(fewest_fills(usd), MAX_FILLS))
    parts = split(seeded(seed), usd, fills)
    assert len(parts) == fills
    assert abs(sum(parts) - usd) < 0.01
    assert min(parts) >= 0
    assert max(parts) <= FILL_LIMIT_USD + 0.01
