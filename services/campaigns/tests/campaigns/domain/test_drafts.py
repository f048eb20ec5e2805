"""Rules for drafts of campaigns and for changes of them."""

from datetime import UTC, datetime, timedelta

import pytest

from servicekit.errors import InvalidInput
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.drafts import (
    Edit,
    one_text,
    require_consistent,
    require_future,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NO_EDIT = Edit(None, None, None, None, None, unschedule=False)


def test_the_message_is_used_instead_of_the_template_if_both_are_given() -> None:
    template_id = new_id()
    assert one_text("Hi", None) == "Hi"
    assert one_text(None, template_id) == template_id
    assert one_text("Hi", template_id) == "Hi"
    with pytest.raises(InvalidInput) as caught:
        one_text(None, None)
    assert [fault.field for fault in caught.value.fields] == ["message", "templateId"]


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(seconds=1), timedelta(days=400)])
def test_a_start_time_must_be_in_the_future(ago: timedelta) -> None:
    with pytest.raises(InvalidInput, match="scheduleAt"):
        require_future(NOW - ago, NOW)


def test_a_start_time_may_be_missing_or_within_the_next_two_years() -> None:
    require_future(None, NOW)
    require_future(NOW + timedelta(microseconds=1), NOW)
    require_future(NOW.replace(year=NOW.year + 2), NOW)


@pytest.mark.parametrize("at", [NOW + timedelta(days=732), datetime.max.replace(tzinfo=UTC)])
def test_a_start_time_must_be_within_two_years(at: datetime) -> None:
    with pytest.raises(InvalidInput, match="scheduleAt: must be within two years"):
        require_future(at, NOW)


def test_an_edit_that_sets_and_removes_the_schedule_is_refused() -> None:
    require_consistent(NO_EDIT)
    require_consistent(Edit(None, "Hi", new_id(), None, None, unschedule=False))
    with pytest.raises(InvalidInput, match="unschedule"):
        require_consistent(Edit(None, None, None, None, NOW, unschedule=True))
