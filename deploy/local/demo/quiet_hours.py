"""Quiet hours: at night, a text waits until the recipient's sending window opens."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from deploy.local.demo.comparison import differences
from deploy.local.demo.screen import Screen
from deploy.local.testkit.api import Json
from deploy.local.testkit.books import Check
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.patience import API_EVERY, SETTLES_WITHIN
from deploy.local.testkit.people import travellers
from deploy.local.testkit.simulator_client import ProviderText
from deploy.local.waiting import wait_for

_GUESTS = 5
_TEXT = "Good morning! The photos of last night are ready at the desk. Reply STOP to opt out."
_EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYTIME = ("09:00", "20:00")
_ALWAYS = ("00:00", "24:00")

# At any time, it is between 23:00 and 6:00 in at least one of these time zones.
_ZONES = ("Pacific/Honolulu", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo")
_DEEP_NIGHT = 2.5


class QuietHours:
    """A small campaign to people in a time zone where it is night."""

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._zone = ZoneInfo(min(_ZONES, key=_hours_from_deep_night))
        self._phones: Sequence[str] = ()
        self._waits_until = ""
        self._opened_at = 0
        self._texts: Sequence[ProviderText] = ()

    def play(self) -> None:
        """Send the campaign and wait until its texts are deferred.

        Then open the sending window, so that the texts are sent.
        """
        campaign_id, before = self._start(), self._org.last_text()
        campaign = wait_for(
            "texts that wait for the morning",
            lambda: self._waiting(campaign_id),
            SETTLES_WITHIN,
            API_EVERY,
        )
        until = datetime.fromisoformat(campaign["waitingUntil"]).astimezone(self._zone)
        self._waits_until = f"{until:%H:%M}"
        self._screen.line(f"it is {campaign['status']} and waits until {self._waits_until} there")
        self._opened_at = time.time_ns() // 1_000_000
        self._allow(_ALWAYS)
        self._org.wait_until_done(campaign_id)
        self._texts = self._org.texts(before)
        self._org.wait_until_counted(campaign_id, self._texts)
        self._screen.line(f"opened the window: {len(self._texts)} texts went out")

    def checks(self) -> Sequence[Check]:
        """Return the checks of the deferred texts, each with the differences that were found."""
        phones = set(self._phones)
        early = [
            f"{attempt.to}: {self._opened_at - attempt.at} ms before"
            for attempt in self._org.simulator.attempts(self._org.account_sid)
            if attempt.to in phones and attempt.at < self._opened_at
        ]
        received = sorted(text.to for text in self._texts if text.status == "delivered")
        return [
            Check(
                "a text at night waits for the morning of the recipient's time zone",
                differences({"the end of the wait": (self._waits_until, _DAYTIME[0])}),
            ),
            Check("nobody is texted outside of the window", early),
            Check(
                "everybody whose text waited gets it once the window is open",
                differences({"who was reached": (received, sorted(phones))}),
            ),
        ]

    def _start(self) -> str:
        self._allow(_DAYTIME)
        file, self._phones = travellers(_GUESTS, self._zone.key)
        list_id, _ = self._org.list_from("Attendees from afar", file)
        campaign_id = self._org.draft("Photos", list_id, _TEXT)
        self._org.send(campaign_id)
        now = datetime.now(self._zone)
        self._screen.line(
            f"campaigns may now send from {_DAYTIME[0]} to {_DAYTIME[1]}; started a campaign to "
            f"{_GUESTS} attendees in {self._zone.key}, where it is {now:%H:%M}"
        )
        return campaign_id

    def _allow(self, window: tuple[str, str]) -> None:
        opens, closes = window
        windows = [{"days": _EVERY_DAY, "from": opens, "to": closes}]
        self._org.api.put("/api/settings/quiet-hours", {"enabled": True, "windows": windows})

    def _waiting(self, campaign_id: str) -> Json:
        """Return the campaign if it has deferred texts, else an empty object."""
        campaign = self._org.campaign(campaign_id)
        return campaign if campaign["waitingUntil"] else {}


def _hours_from_deep_night(zone: str) -> float:
    clock = datetime.now(UTC).astimezone(ZoneInfo(zone))
    hour = clock.hour + clock.minute / 60
    return abs((hour - _DEEP_NIGHT + 12) % 24 - 12)
