"""An answer is computed once, until its files change or others push it out."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from rnnforecast.errors import DataError
from rnnforecast.serve.cache import AnswerCache


def counted(answers: list[int]) -> int:
    """Answer with how often it was asked."""
    answers.append(len(answers))
    return len(answers) - 1


def test_an_answer_is_kept_until_its_files_change() -> None:
    cache, asked = AnswerCache[int](2), list[int]()
    assert [cache.get("a", 1, lambda: counted(asked)) for _ in range(3)] == [0, 0, 0]
    assert len(asked) == 1
    assert cache.known("a", 2) is None
    assert cache.get("a", 2, lambda: counted(asked)) == 1
    assert cache.known("a", 1) is None and cache.known("a", 2) == 1


def test_the_answer_that_was_asked_for_longest_ago_makes_room() -> None:
    cache = AnswerCache[str](2)
    for key in "ab":
        cache.get(key, 0, lambda key=key: key)  # type: ignore[misc]
    assert cache.known("a", 0) == "a"  # asked for again, so b is the older one
    cache.get("c", 0, lambda: "c")
    assert [cache.known(key, 0) for key in "abc"] == ["a", None, "c"]


def test_every_answer_can_be_forgotten() -> None:
    cache = AnswerCache[str](2)
    cache.get("a", 0, lambda: "a")
    cache.clear()
    assert cache.known("a", 0) is None


def test_a_failure_is_an_answer_until_the_files_change() -> None:
    cache, tries = AnswerCache[int](2), list[int]()

    def fails() -> int:
        tries.append(1)
        raise DataError("no bars")

    for _ in range(2):
        with pytest.raises(DataError, match="no bars"):
            cache.get("a", 0, fails)
    with pytest.raises(DataError, match="no bars"):
        cache.known("a", 0)
    assert len(tries) == 1
    assert cache.get("a", 1, lambda: 5) == 5


def test_a_bug_is_not_kept() -> None:
    cache = AnswerCache[int](2)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", 0, lambda: 1 // 0)
    assert cache.get("a", 0, lambda: 7) == 7


def test_a_crowd_waits_for_one_computation() -> None:
    cache, asked, together = AnswerCache[int](2), list[int](), Barrier(8)
    answers: list[int] = []

    def ask() -> None:
        together.wait()
        answers.append(cache.get("a", 0, lambda: counted(asked) + 40))

    crowd = [Thread(target=ask) for _ in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert answers == [40] * 8 and len(asked) == 1
