"""Every job and consumer has a test in which one bad row or message must not stop the others."""

import ast
from collections.abc import Iterator

from servicekit.bus import streams
from servicekit.bus.streams import Consumer
from tests.architecture.source import Source, sources

_MARK = "poison"

# Loops that handle items, but are neither jobs nor consumers.
LOOPS = {
    *("campaigns/planner", "contacts/bulk-changes", "contacts/imports", "kit/relay"),
    "messaging/rewrap",
}


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
    """Return every scheduled job as ``<service>/<job>``."""
    return {
        f"{source.path.parts[1]}/{_texts(call)[0]}"
        for source in sources("services")
        if not source.is_test
        for call in _calls(source, "Job")
    }


def consumers() -> set[str]:
    """Return the name of every consumer."""
    return {each.name for each in vars(streams).values() if isinstance(each, Consumer)}


def poisoned() -> set[str]:
    """Return the names of all jobs, consumers and loops that have a test with a bad row."""
    return {
        name
        for source in sources("services", "servicekit", "tests")
        if source.is_test
        for call in _calls(source, _MARK)
        for name in _texts(call)
    }


def test_every_job_consumer_and_loop_has_a_test_with_a_bad_row_or_message() -> None:
    wanted = jobs() | consumers() | LOOPS
    assert len(jobs()) > 20, "the jobs were not found in the code"
    assert wanted - poisoned() == set(), "write a test marked pytest.mark.poison for each of these"
    assert poisoned() - wanted == set(), "these are marked, but do not exist"


def recorded() -> Iterator[str]:
    """Yield every job name under which the code records failing rows."""
    for source in sources("services"):
        for kind in ("JobItems", "DeleteOld", "JobName"):
            for call in () if source.is_test else _calls(source, kind):
                texts = _texts(call)
                if len(texts) == 2:
                    yield "/".join(texts)


def test_failing_rows_are_recorded_under_the_names_of_existing_jobs() -> None:
    # Messages are sent by a consumer, not by a job.
    assert set(recorded()) - jobs() - LOOPS == {"messaging/send"}
