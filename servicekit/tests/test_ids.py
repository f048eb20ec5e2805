"""Ids contain the time of their creation, so newer ids sort after older ones."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from servicekit.ids import first_id_at, id_at, new_id, time_of

times = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds are naive)


@given(times)
def test_an_id_made_for_a_time_sorts_with_the_ids_of_that_time(time: datetime) -> None:
    later = time + timedelta(milliseconds=1)
    assert first_id_at(time) <= id_at(time) < first_id_at(later) <= id_at(later)
    assert id_at(time).version == 7
    assert id_at(time) != id_at(time)


@given(times)
def test_the_time_of_an_id_is_exact_to_the_millisecond(time: datetime) -> None:
    assert time - timedelta(milliseconds=1) < time_of(id_at(time)) <= time


def test_times_before_1970_have_the_first_id_of_1970() -> None:
    assert first_id_at(datetime(1, 1, 1, tzinfo=UTC)) == first_id_at(datetime.fromtimestamp(0, UTC))


def test_a_new_id_has_the_current_time() -> None:
    before = datetime.now(UTC)
    fresh = new_id()
    assert first_id_at(before) <= fresh <= id_at(before + timedelta(minutes=1))
    assert abs(time_of(fresh) - before) < timedelta(minutes=1)
