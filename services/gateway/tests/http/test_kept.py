"""Answers kept for a moment."""

from services.gateway.http.kept import Kept


def test_an_answer_is_asked_for_once() -> None:
    kept: Kept[str, int] = Kept(60)
    answers = iter((1, 2))
    assert [kept.get("k", lambda: next(answers)) for _ in range(2)] == [1, 1]


def test_an_answer_that_was_cleared_is_asked_for_again() -> None:
    kept: Kept[str, int] = Kept(60)
    kept.get("k", lambda: 1)
    kept.clear()
    assert kept.get("k", lambda: 2) == 2


def test_what_changes_while_it_is_asked_for_is_not_kept() -> None:
    kept: Kept[str, str] = Kept(60)

    def ask() -> str:
        kept.clear()
        return "before the change"

    assert kept.get("k", ask) == "before the change"
    assert kept.get("k", lambda: "after it") == "after it"


def test_so_many_are_kept_and_no_more() -> None:
    kept: Kept[int, int] = Kept(60, most=2)
    for key in range(3):
        kept.get(key, lambda: 0)
    assert [kept.get(key, lambda: 1) for key in (2, 0)] == [0, 1]
