"""Metrics have the platform's prefix, and for one release also their earlier names."""

from collections.abc import Iterator, Mapping

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from servicekit.failing_items import FAILED
from servicekit.telemetry.exposition import merged, own_metrics, with_old_names

SOME = Gauge("smsblaster_test_exposition_things", "Things")
TAKEN = Histogram("smsblaster_test_exposition_seconds", "Seconds", buckets=(1, 2))
DONE = Counter("smsblaster_test_exposition_total", "Done")
BY_NAME = Gauge("smsblaster_test_exposition_named", "By {name}\nand \\", ["name", "kind"])


def values(text: str, name: str) -> Mapping[frozenset[tuple[str, str]], float]:
    """Return the values of the samples with this name, by their labels."""
    return dict(_values(text, name))


def _values(text: str, name: str) -> Iterator[tuple[frozenset[tuple[str, str]], float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name:
                yield frozenset(sample.labels.items()), sample.value


def test_a_renamed_metric_has_its_old_name_and_labels_too() -> None:
    FAILED.labels("a-job-of-this-test").inc(3)
    text = with_old_names(own_metrics()).decode()
    new = frozenset({("job_name", "a-job-of-this-test")})
    old = frozenset({("job", "a-job-of-this-test")})
    assert values(text, "smsblaster_job_items_failed_total")[new] == 3
    assert values(text, "job_items_failed_total")[old] == 3


def test_a_new_metric_has_only_its_own_name() -> None:
    text = with_old_names(own_metrics()).decode()
    assert "\nsmsblaster_test_exposition_things " in text
    assert "\ntest_exposition_things" not in text


def test_metrics_of_several_workers_are_kept_apart() -> None:
    SOME.set(2)
    TAKEN.observe(1.5)
    DONE.inc()
    own = own_metrics()
    text = merged({"0": own, "1": own.replace("exposition_things 2.0", "exposition_things 5.0")})
    first, second = frozenset({("worker", "0")}), frozenset({("worker", "1")})
    assert values(text, "smsblaster_test_exposition_things") == {first: 2, second: 5}
    assert values(text, "smsblaster_test_exposition_seconds_count") == {first: 1, second: 1}
    assert len(values(text, "smsblaster_test_exposition_seconds_bucket")) == 6
    assert values(text, "smsblaster_test_exposition_total") == {first: 1, second: 1}
    assert text.count("# TYPE smsblaster_test_exposition_seconds histogram") == 1


def test_merging_metrics_adds_only_the_worker_label_whatever_the_label_values_are() -> None:
    for name in ('a "b" {c="d"} 1', "two\n# HELP lines", "back\\slash", "", "a\u2028b, é"):
        BY_NAME.labels(name, "x y").set(1)
    own = own_metrics()
    found = list(text_string_to_metric_families(merged({"0": own, "1": own})))
    expected = list(text_string_to_metric_families(own))
    assert [(f.name, f.type, f.documentation) for f in found] == [
        (f.name, f.type, f.documentation) for f in expected
    ]
    for family, alone in zip(found, expected, strict=True):
        assert family.samples == [
            sample._replace(labels={"worker": worker, **sample.labels})
            for worker in ("0", "1")
            for sample in alone.samples
        ]
