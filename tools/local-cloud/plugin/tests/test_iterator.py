import pytest
from localstack_host_plugin.kinesis.errors import ExpiredIteratorError, InvalidArgumentError
from localstack_host_plugin.kinesis.iterator import ShardIterator

ITERATOR = ShardIterator("trades", "shardId-000000000001", 49_600_000_000 * 10**45 + 7, 1_700_000_000.25)


def test_it_survives_its_text() -> None:
    assert ShardIterator.decode(ITERATOR.encode(), now=1_700_000_001.0) == ITERATOR


def test_it_goes_stale_after_five_minutes() -> None:
    assert ShardIterator.decode(ITERATOR.encode(), now=1_700_000_300.0) == ITERATOR
    with pytest.raises(ExpiredIteratorError, match="issued 301 s ago"):
        ShardIterator.decode(ITERATOR.encode(), now=1_700_000_301.5)


@pytest.mark.parametrize("text", ["", "nonsense", "YTpi", "YTpiOmM6ZA=="])
def test_what_is_no_iterator_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgumentError, match="Invalid ShardIterator"):
        ShardIterator.decode(text, now=0.0)
