"""Answers kept for a moment."""

from services.gateway.http.kept import Kept


def test_an_answer_is_asked_for_once() -> None:
    kept: Kept[str, int] = Kept(60)
    answers = iter((1, 2))
    assert [kept.get("k", lambda: next(answers)) for _ in range(2)] == [1, 1]


def test_so_many_are_kept_and_no_more() -> None:
    kept: Kept[int, int] = Kept(60, most=2)
    for key in range(3):
        kept.get(key, lambda: 0)
    assert [kept.get(key, lambda: 1) for key in (2, 0)] == [0, 1]
