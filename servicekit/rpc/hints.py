"""Send hints to browsers about what users change, by one table instead of code in each method.

If a user calls a method that writes, and the call succeeds, something of the service's topic has
changed: a hint is sent. Changes without a user (statuses, jobs, incoming messages) get their hints
in storage.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from google.api import annotations_pb2

from servicekit.hints import Hint, Topic
from servicekit.identity import Identity
from servicekit.ids import parse_id
from servicekit.rpc.access import MethodRules
from smsblaster.options.v1.access_pb2 import RATE_CLASS_SEND, RATE_CLASS_WRITE

TOPICS: Mapping[str, tuple[Topic, str]] = {
    "billing.v1.NotificationService": (Topic.NOTIFICATION, ""),
    "campaigns.v1.CampaignService": (Topic.CAMPAIGN, "id"),
    "campaigns.v1.ListDeletionService": (Topic.CONTACT_LIST, "id"),
    "campaigns.v1.QuickSendService": (Topic.CONVERSATION, "contact_id"),
    "campaigns.v1.TemplateService": (Topic.TEMPLATE, "id"),
    "contacts.v1.BulkChangeService": (Topic.CONTACT, ""),
    "contacts.v1.ContactListService": (Topic.CONTACT_LIST, "id"),
    "contacts.v1.ContactMergeService": (Topic.CONTACT, "id"),
    "contacts.v1.ContactService": (Topic.CONTACT, "id"),
    "contacts.v1.ImportJobService": (Topic.IMPORT, "id"),
    "contacts.v1.TransferService": (Topic.CONTACT, ""),
    "events.v1.AttendeeService": (Topic.EVENT, "event_id"),
    "events.v1.EventNotificationService": (Topic.EVENT, "event_id"),
    "events.v1.EventService": (Topic.EVENT, "event_id"),
    "events.v1.EventSmsService": (Topic.EVENT_MESSAGE, "event_id"),
    "events.v1.EventSmsRetryService": (Topic.EVENT_MESSAGE, "event_id"),
    "events.v1.QuestionSetService": (Topic.EVENT, "event_id"),
    "messaging.v1.ExportService": (Topic.EXPORT, "id"),
    "messaging.v1.InboxService": (Topic.CONVERSATION, "contact_id"),
    "messaging.v1.MessageService": (Topic.CONVERSATION, ""),
    "messaging.v1.MessagingServiceService": (Topic.NUMBER, ""),
    "messaging.v1.NumberService": (Topic.NUMBER, ""),
    "messaging.v1.RegistrationService": (Topic.REGISTRATION, ""),
    "messaging.v1.ScheduledSendService": (Topic.SCHEDULED_SEND, "id"),
    "messaging.v1.ThreadService": (Topic.CONVERSATION, "contact_id"),
}
"""For each service, the topic of the hints about its writes.

With the topic comes the request field that has the id of what changes, if there is one.
"""

_CHANGES = (RATE_CLASS_WRITE, RATE_CLASS_SEND)


def hints_of_call(
    rules: MethodRules, request: Any, caller: Identity, answer: Any = None
) -> Iterator[Hint]:
    """After a method has succeeded, yield the hint about what the call has changed, if any.

    The hint has the version of the changed thing if the method returns that thing.
    """
    service = rules.descriptor.containing_service.full_name.removeprefix("smsblaster.")
    topic, field = TOPICS.get(service, (None, ""))
    is_read = rules.descriptor.GetOptions().Extensions[annotations_pb2.http].HasField("get")
    if topic is None or is_read or rules.access.rate_class not in _CHANGES:
        return
    if caller.is_user and caller.org_id is not None:
        # An upload has a stream of messages instead of a request, so it has no id here.
        id_ = parse_id(getattr(request, field, "") if field else "")
        yield Hint(caller.org_id, topic, id_, _version_of(answer, id_))


def _version_of(answer: Any, id_: UUID | None) -> int | None:
    """Return the version of the thing with this id, if the response is this thing.

    None if it is not, or has no version.
    """
    if id_ is None or getattr(answer, "id", None) != str(id_):
        return None
    version = getattr(answer, "version", None)
    return version if isinstance(version, int) else None
