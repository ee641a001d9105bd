"""Files are counted ahead, handed on in order, and left alone when the audit ends."""

import threading

import pytest

from coattail_audit.reading import ahead

PATIENCE = 60.0


def test_files_are_handed_on_in_order() -> None:
    first_may_end = threading.Event()

    def count(file: int) -> int:
        if file == 2:
            first_may_end.set()
        assert file != 0 or first_may_end.wait(PATIENCE)
        return file * file

    assert list(ahead(count, range(50))) == [(file, file * file) for file in range(50)]


def test_an_error_is_the_audits_and_ends_it() -> None:
    counted: list[int] = []

    def count(file: int) -> int:
        if file == 3:
            raise ValueError("file 3")
        counted.append(file)
        return file

    with pytest.raises(ValueError, match="file 3"):
        list(ahead(count, range(1_000)))
    assert len(counted) < 20
