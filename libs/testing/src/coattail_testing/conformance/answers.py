"""What every backfill keeps, whatever REST answers: trades of the gap, refusals with a reason, or an answer to ask for again."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coattail_connector import Answer, Backfill, BackfillRefusedError, Gap, RestClient
from coattail_testing.connector import FakeAnswer, check_answers
from coattail_testing.strategies import like


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange's REST API: `samples` are bodies that answer a request for `gap`, `headers` those that are read.

    `refuses_in_words` is for an exchange that says in a body with status 200 that it will never give the trades.
    """

    backfill: Callable[[RestClient], Backfill]
    gap: Gap
    samples: Sequence[str]
    headers: Sequence[str] = ()
    refuses_in_words: bool = False


class AnswerCase(msgspec.Struct, frozen=True):
    """One thing that a backfill keeps. `play` raises `AssertionError` where it does not."""

    id: str
    play: Callable[[Answers], None]

    def __str__(self) -> str:
        return self.id


def _any_bytes(the: Answers) -> None:
    _any(the, st.binary())


def _anything_like_an_answer(the: Answers) -> None:
    _any(the, like(the.samples))


def _any(the: Answers, bodies: st.SearchStrategy[bytes]) -> None:
    names = st.sampled_from(the.headers) if the.headers else st.nothing()

    @given(st.dictionaries(names, st.text(max_size=8)), bodies)
    def check(headers: dict[str, str], body: bytes) -> None:
        expected = (BackfillRefusedError,) if the.refuses_in_words else ()
        with suppress(*expected):
            asyncio.run(check_answers(the.backfill(FakeAnswer(Answer(headers, body))), the.gap))

    check()


ANSWER_CASES = (
    AnswerCase("any-bytes", _any_bytes),
    AnswerCase("anything-like-an-answer", _anything_like_an_answer),
)
"""Every case, by its id."""
