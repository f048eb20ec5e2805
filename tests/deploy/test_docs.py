"""The documentation's links work, and so do the queries that it gives to operators."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.deploy.compose_file import ROOT

DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "deploy" / "k8s" / "README.md",
    ROOT / "deploy" / "monitoring" / "README.md",
    *sorted(DOCS.rglob("*.md")),
]
DECISIONS = sorted((DOCS / "decisions").glob("0*.md"))
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")

_STATEMENT = re.compile(r"```sql\n\s*-- (?P<service>\w+): (?P<what>.+)\n(?P<sql>[^`]+)```")
METRIC = re.compile(r'\b(?:Counter|Histogram|Gauge)\(\s*"(\w+)"')
_JOB = re.compile(r'\bJob\(\s*"([\w-]+)"')


def _statements() -> Iterator[object]:
    for found in _STATEMENT.finditer(OPERATIONS):
        yield pytest.param(found["service"], found["sql"], id=found["what"].replace(" ", "-"))


def named_by(pattern: re.Pattern[str]) -> list[str]:
    """Return the names that ``pattern`` matches in the services' code."""
    folders = [ROOT / "services", ROOT / "servicekit"]
    sources = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted(
        {
            name
            for path in sources
            if "tests" not in path.parts
            for name in pattern.findall(path.read_text(encoding="utf-8"))
        }
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_existing_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_each_page_of_a_decision_is_short_and_listed_and_refers_to_existing_files(
    page: Path,
) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_.]+(?:/[\w.-]+)+)`", text)
    assert len(text.splitlines()) <= 50
    assert not [path for path in named if not (ROOT / path).exists()]
    assert f"]({page.name})" in (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequence", "What enforces it"]


@pytest.mark.parametrize("metric", named_by(METRIC))
def test_every_metric_is_explained_on_the_operations_page(metric: str) -> None:
    assert metric.startswith("smsblaster_")
    assert f"| `{metric}` |" in OPERATIONS


def test_every_metric_on_the_operations_page_exists() -> None:
    assert set(re.findall(r"^\| `(smsblaster_\w+)` \|", OPERATIONS, re.M)) == set(named_by(METRIC))


@pytest.mark.parametrize("job", named_by(_JOB))
def test_every_job_is_explained_on_the_operations_page(job: str) -> None:
    jobs = OPERATIONS[OPERATIONS.index("## Jobs") :].split("\n## ")[0]
    assert f"`{job}`" in jobs


@pytest.mark.parametrize(("service", "sql"), [*_statements()])
def test_the_queries_that_the_docs_give_to_operators_run_without_an_error(
    service: str, sql: str, migrated_database: Callable[[str], str]
) -> None:
    with psycopg.connect(migrated_database(service)) as connection:
        connection.execute("SET app.scope = 'system'")
        connection.execute(sql.encode())
        connection.rollback()
