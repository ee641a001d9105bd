"""Whether the stream answers: told once when it changes, and asked by the health probe."""

from aws_lambda_powertools import Logger


class Reachability:
    """The last thing that is known about the stream."""

    def __init__(self, stream: str, log: Logger) -> None:
        self.stream = stream
        self.reason = "not asked yet"
        """Why it does not answer; empty when it does."""
        self._log = log
        self._told = False

    @property
    def answers(self) -> bool:
        """Whether the last call was answered."""
        return not self.reason

    def up(self) -> None:
        """A call was answered."""
        if self._told:
            self._log.info("the stream answers again", stream=self.stream)
        self.reason, self._told = "", False

    def down(self, reason: str) -> None:
        """A call failed."""
        self.reason = reason
        if not self._told:
            self._told = True
            self._log.warning(
                "the stream does not answer; trades are kept and it is tried again", stream=self.stream, error=reason
            )
