"""Every request for a change can require the version that the client has read."""

from typing import Any

from services.gateway.http.openapi.document import document

WITHOUT_VERSION = {
    # They do one thing to the whole. Doing it twice or after somebody else loses nothing.
    "PATCH /api/campaigns/{id}/pause": "an act",
    "PATCH /api/campaigns/{id}/cancel": "an act",
    "PATCH /api/campaigns/{id}/resume": "an act; its priceVersion names what was read",
    "PATCH /api/events/{eventId}/notifications/{notificationId}/resume": "an act",
    "PATCH /api/events/{eventId}/notifications/{notificationId}/cancel": "an act",
    "PATCH /api/events/{eventId}/sms-retries/{retryId}/cancel": "an act",
    "PATCH /api/messages/{id}/read": "an act",
    # They set a single value, which the caller gives as a whole.
    "PATCH /api/org/members/{userId}": "one value: the role",
    "PATCH /api/admin/users/{id}": "one value: whether the account is active",
    "PUT /api/events/{eventId}/organizers/{userId}": "one value: the permission",
    "PUT /api/admin/twilio/subaccounts/{orgId}/number-limit": "one value: the limit",
    "PUT /api/admin/prices/{country}": "the whole price; the audit log has the earlier one",
    "PUT /api/admin/number-prices/{country}/{numberType}": "one value: the price",
    "PUT /api/admin/sending/rates/{orgId}": "one value: the rate",
}
"""The routes that change something without `If-Match`, and why."""

DOCUMENT = document()
CHANGES = {
    f"{verb.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for verb, operation in item.items()
    if verb in ("patch", "put")
}


def takes_version(operation: dict[str, Any]) -> bool:
    return any(
        "IfMatch" in str(each) or "If-Match" in str(each) for each in operation["parameters"]
    )


def test_every_change_can_require_a_version_or_has_a_reason_why_not() -> None:
    without = {name for name, operation in CHANGES.items() if not takes_version(operation)}
    assert without == WITHOUT_VERSION.keys()


def test_the_response_412_is_documented_where_a_change_can_require_a_version() -> None:
    for name, operation in CHANGES.items():
        assert ("412" in operation["responses"]) == takes_version(operation), name
