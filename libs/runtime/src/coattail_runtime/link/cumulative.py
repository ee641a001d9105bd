"""From completions in any order to one number: everything up to it is complete."""


class Cumulative:
    """Counts from `start`: `value` is the last number up to which every one is complete."""

    def __init__(self, start: int = 0) -> None:
        self.value = start
        self._beyond: set[int] = set()

    def complete(self, seq: int) -> bool:
        """`seq` is complete. Whether `value` moved."""
        if seq <= self.value:
            return False
        self._beyond.add(seq)
        before = self.value
        while self.value + 1 in self._beyond:
            self.value += 1
            self._beyond.remove(self.value)
        return self.value > before
