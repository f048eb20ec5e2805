"""No job and no consumer without a test that poisons one of its items among good ones."""

import ast
from collections.abc import Iterator

from servicekit.bus import streams
from servicekit.bus.streams import Consumer
from tests.architecture.source import Source, sources

_MARK = "poison"

# What works on items without a schedule and without the bus.
LOOPS = {"campaigns/planner", "contacts/imports", "kit/relay", "messaging/rewrap"}


def _calls(source: Source, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            called = node.func
            own = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if own == name:
                yield node


def _texts(call: ast.Call) -> list[str]:
    texts = (arg.value for arg in call.args if isinstance(arg, ast.Constant))
    return [text for text in texts if isinstance(text, str)]


def jobs() -> set[str]:
    """Every scheduled job as ``<service>/<job>``."""
    return {
        f"{source.path.parts[1]}/{_texts(call)[0]}"
        for source in sources("services")
        if not source.is_test
        for call in _calls(source, "Job")
    }


def consumers() -> set[str]:
    """The name of every consumer."""
    return {each.name for each in vars(streams).values() if isinstance(each, Consumer)}


def poisoned() -> set[str]:
    """Whatever the tests poison."""
    return {
        name
        for source in sources("services", "servicekit", "tests")
        if source.is_test
        for call in _calls(source, _MARK)
        for name in _texts(call)
    }


def test_every_job_consumer_and_loop_is_tried_with_a_bad_item_among_good_ones() -> None:
    wanted = jobs() | consumers() | LOOPS
    assert len(jobs()) > 20, "the jobs were not found in the code"
    assert wanted - poisoned() == set(), "write a test marked pytest.mark.poison for each of these"
    assert poisoned() - wanted == set(), "these are marked, but they are not there"


def recorded() -> Iterator[str]:
    """Every job whose items are put on record, where its name is written out."""
    for source in sources("services"):
        for kind in ("JobItems", "DeleteOld", "JobName"):
            for call in () if source.is_test else _calls(source, kind):
                texts = _texts(call)
                if len(texts) == 2:
                    yield "/".join(texts)


def test_items_are_on_record_under_the_names_of_jobs_that_there_are() -> None:
    # Sending is a consumer's work, and no job's.
    assert set(recorded()) - jobs() - LOOPS == {"messaging/send"}
