"""The inbox: an attendee's incoming message is read and replied to."""

from collections.abc import Sequence

from deploy.local.demo.comparison import differences
from deploy.local.demo.main_campaign import ANSWER
from deploy.local.demo.screen import Screen
from deploy.local.testkit.api import Json
from deploy.local.testkit.books import Check
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.patience import API_EVERY, SETTLES_WITHIN
from deploy.local.testkit.simulator_client import ProviderText
from deploy.local.waiting import wait_for

_REPLY = "Yes, in the old dockyard, two minutes on foot. It is free after 6 pm."


class Conversation:
    """The conversation with one person."""

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._phone = ""
        self._said: Sequence[tuple[str, str]] = ()
        self._wanted: Sequence[tuple[str, str]] = ()
        self._unread = (0, 0)

    def play(self, first: ProviderText) -> None:
        """Find the incoming message after the text `first` in the inbox, and reply to it."""
        self._phone = first.to
        contact_id = self._org.contact_id(first.to)
        before = wait_for(
            "the answer in the inbox",
            lambda: self._thread(contact_id, unread="true"),
            SETTLES_WITHIN,
            API_EVERY,
        )
        self._screen.line(f"in the inbox, unread, from {before['phone']}: {before['lastMessage']}")
        self._org.api.post("/api/messages/reply", {"contactId": contact_id, "message": _REPLY})
        self._screen.line(f"replied from the inbox: {_REPLY}")
        items = self._org.api.get(f"/api/messages/thread/{contact_id}")["items"]
        self._said = [(item["direction"], item["message"]) for item in items]
        self._wanted = [("out", first.body), ("in", ANSWER), ("out", _REPLY)]
        self._unread = (before["unreadCount"], self._thread(contact_id)["unreadCount"])

    def checks(self) -> Sequence[Check]:
        """Return the checks of the conversation, each with the differences that were found."""
        replies = [text for text in self._org.texts() if text.body == _REPLY]
        sent = [(text.to, text.sender) for text in replies]
        return [
            Check(
                "a conversation shows every message, and is read after a reply",
                differences(
                    {
                        "the conversation": (self._said, self._wanted),
                        "unread before and after": (self._unread, (1, 0)),
                    }
                ),
            ),
            Check(
                "a reply is sent once, from the number that was texted",
                differences({"what was sent": (sent, [(self._phone, self._org.numbers[0])])}),
            ),
        ]

    def _thread(self, contact_id: str, **query: str) -> Json:
        """Return a contact's conversation. Returns an empty object if it does not exist."""
        found = self._org.api.get("/api/messages/threads", contactId=contact_id, **query)["items"]
        thread: Json = found[0] if found else {}
        return thread
