from localstack_host_plugin.kinesis.shard import MAX_BYTES_PER_READ, Record, Shard

START = 100


def filled(count: int, size: int = 1) -> Shard:
    shard = Shard(0, 0, 9, START)
    for index in range(count):
        shard.append(Record(START + 1 + index, "key", b"x" * size, arrived_at=1000.0 + index))
    return shard


def test_an_empty_shard_gives_nothing_and_stays_where_the_reader_is() -> None:
    page = filled(0).read(START, 10)
    assert (page.records, page.last_sequence_number, page.seconds_behind) == ([], START, 0.0)


def test_reads_go_on_where_the_last_one_stopped() -> None:
    shard, after, seen = filled(25), START, []
    while records := (page := shard.read(after, 10)).records:
        seen += [record.sequence_number for record in records]
        after = page.last_sequence_number
    assert seen == list(range(START + 1, START + 26))


def test_a_page_tells_how_far_behind_its_last_record_is() -> None:
    shard = filled(25)
    assert shard.read(START, 10).seconds_behind == 15.0
    assert shard.read(START, 25).seconds_behind == 0.0


def test_a_page_holds_ten_megabytes_and_one_record_at_least() -> None:
    shard = filled(3, size=MAX_BYTES_PER_READ)
    assert len(shard.read(START, 10).records) == 1
    assert len(filled(11, size=1024 * 1024).read(START, 11).records) == 9


def test_only_a_closed_shard_is_ever_read_to_the_end() -> None:
    shard = filled(2)
    assert not shard.is_read_to_the_end(START + 2)
    shard.close(START + 3)
    assert not shard.is_read_to_the_end(START + 1)
    assert shard.is_read_to_the_end(START + 2)


def test_a_time_is_the_place_before_the_first_record_from_then_on() -> None:
    shard = filled(10)
    assert shard.sequence_number_before(1004.0) == START + 4
    assert shard.sequence_number_before(0.0) == START
    assert shard.sequence_number_before(9999.0) == START + 10


def test_expired_records_are_forgotten_and_reading_goes_on_behind_them() -> None:
    shard = filled(200)
    shard.expire(before=1150.0)
    assert len(shard) == 50
    assert shard.read(START, 1).records[0].arrived_at == 1150.0


def test_records_that_expired_a_moment_ago_may_stay() -> None:
    shard = filled(200)
    shard.expire(before=1030.0)
    assert len(shard) == 200
