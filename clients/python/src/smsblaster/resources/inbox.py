"""Conversations with people."""

from collections.abc import Iterator, Sequence

from smsblaster.answers import PAGE, Id, answer, given, id_of, pages
from smsblaster.generated.api.operations import (
    get_conversation,
    list_conversations,
    mark_conversation_read,
    reply_to_contact,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.conversation import Conversation
from smsblaster.generated.models.message import Message
from smsblaster.generated.models.reply_request import ReplyRequest


class Inbox:
    """Conversations with people."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def conversations(
        self, *, unread: bool | None = None, archived: bool | None = None
    ) -> Iterator[Conversation]:
        """Yield conversations, the latest first."""
        return pages(
            lambda cursor: answer(
                list_conversations.sync(
                    client=self._api,
                    limit=PAGE,
                    cursor=cursor,
                    unread=given(unread),
                    archived=given(archived),
                )
            )
        )

    def messages(self, contact_id: Id) -> Iterator[Message]:
        """Yield the messages to and from a contact. Each page is in the order of time."""
        return pages(
            lambda cursor: answer(
                get_conversation.sync(
                    id_of(contact_id), client=self._api, limit=PAGE, cursor=cursor
                )
            )
        )

    def reply(
        self,
        contact_id: Id,
        message: str,
        *,
        from_: str | None = None,
        media_urls: Sequence[str] | None = None,
        reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> Message:
        """Send a text to a contact and mark the conversation as read."""
        body = ReplyRequest(
            contact_id=id_of(contact_id),
            message=message,
            from_=given(from_),
            media_urls=given(list(media_urls) if media_urls is not None else None),
            reference=given(reference),
        )
        key = given(idempotency_key)
        return answer(reply_to_contact.sync(client=self._api, body=body, idempotency_key=key))

    def mark_read(self, contact_id: Id) -> Conversation:
        """Mark every message of a conversation as read."""
        return answer(mark_conversation_read.sync(id_of(contact_id), client=self._api))
