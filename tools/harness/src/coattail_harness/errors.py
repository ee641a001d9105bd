"""What ends a run before its result."""


class HarnessError(Exception):
    """The run cannot go on. `str(error)` is one line for people, `exit_code` is what the command ends with."""

    exit_code = 1


def first[E: BaseException](group: BaseExceptionGroup[E]) -> E:
    """Return the first error of a group, however deep it lies."""
    for error in group.exceptions:
        return first(error) if isinstance(error, BaseExceptionGroup) else error
    raise ValueError("an exception group is never empty")
