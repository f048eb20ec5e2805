"""A table of the routes that need each scope. A developer adds each new route by hand.

The routes that only read are in `reading_routes.py`.
"""


def routes(lines: str) -> frozenset[str]:
    """Return the routes that are named by `lines`."""
    return frozenset(line.strip() for line in lines.strip().splitlines())


SEND = routes(
    """
    POST /api/billing/stripe/checkout
    PATCH /api/campaigns/{id}/resume
    POST /api/campaigns/{id}/retry-failed
    POST /api/campaigns/{id}/send
    POST /api/campaigns/{id}/test
    POST /api/contacts/{id}/opt-in
    POST /api/events/{eventId}/attendees/{attendeeId}/sms-retry
    PATCH /api/events/{eventId}/notifications/{notificationId}/resume
    POST /api/events/{eventId}/notify
    POST /api/events/{eventId}/question-sets/{setId}/notify
    POST /api/events/{eventId}/question-sets/{setId}/publish
    POST /api/events/{eventId}/sms-retries
    PUT /api/events/{eventId}/texts
    POST /api/messages/reply
    POST /api/messages/{id}/retry
    POST /api/messages/threads/{contactId}/opt-out-review
    POST /api/sms/batch
    POST /api/sms/scheduled/{id}/resume
    POST /api/sms/send
    GET /api/twilio/lookup
    POST /api/twilio/numbers/provision
    """
)
"""Spends money, or changes what will be sent."""

ADMIN = routes(
    """
    POST /api/a2p/brand
    POST /api/a2p/brand/resubmit
    POST /api/a2p/campaign
    POST /api/a2p/campaign/{campaignSid}/link
    POST /api/a2p/campaign/{campaignSid}/resubmit
    PUT /api/billing/settings
    POST /api/billing/transfers
    POST /api/erasures
    GET /api/erasures
    GET /api/erasures/{id}
    PUT /api/settings/quiet-hours
    PUT /api/settings/sending
    POST /api/twilio/messaging-services
    PATCH /api/twilio/messaging-services/{sid}
    POST /api/twilio/messaging-services/{sid}/numbers
    POST /api/twilio/numbers/{sid}/release
    POST /api/twilio/subaccount
    POST /api/twilio/subaccount/rotate-token
    POST /api/webhooks/deliveries/{id}/replay
    POST /api/webhooks/endpoints
    POST /api/webhooks/endpoints/{endpointId}/replay
    DELETE /api/webhooks/endpoints/{id}
    PATCH /api/webhooks/endpoints/{id}
    POST /api/webhooks/endpoints/{id}/disable
    POST /api/webhooks/endpoints/{id}/enable
    POST /api/webhooks/endpoints/{id}/rotate-secret
    POST /api/webhooks/endpoints/{id}/test
    POST /api/webhooks/listeners
    DELETE /api/webhooks/listeners/{id}
    """
)
"""Changes limits, access, or what the organisation sends with."""

SESSIONS_ONLY = routes(
    """
    GET /api/admin/audit
    POST /api/admin/billing/adjust
    GET /api/admin/billing/balances
    GET /api/admin/billing/wrong-balances
    GET /api/admin/dead-letters
    GET /api/admin/dead-letters/groups
    POST /api/admin/dead-letters/groups/replay
    GET /api/admin/dead-letters/{id}
    POST /api/admin/dead-letters/{id}/discard
    POST /api/admin/dead-letters/{id}/replay
    PUT /api/admin/number-prices/{country}/{numberType}
    GET /api/admin/organisations
    GET /api/admin/organisations/{orgId}/api-keys
    POST /api/admin/organisations/{orgId}/api-keys/{id}/revoke
    GET /api/admin/platform-keys
    PUT /api/admin/prices/{country}
    GET /api/admin/sending
    POST /api/admin/sending/hold
    GET /api/admin/sending/rates
    PUT /api/admin/sending/rates/{orgId}
    POST /api/admin/sending/release
    GET /api/admin/stats
    GET /api/admin/twilio/subaccounts
    GET /api/admin/twilio/subaccounts/{orgId}/number-limit
    PUT /api/admin/twilio/subaccounts/{orgId}/number-limit
    POST /api/admin/twilio/subaccounts/{orgId}/reactivate
    POST /api/admin/twilio/subaccounts/{orgId}/suspend
    GET /api/admin/usage
    GET /api/admin/users
    PATCH /api/admin/users/{id}
    GET /api/api-keys
    POST /api/api-keys
    DELETE /api/api-keys/{id}
    POST /api/test-mode/tokens
    GET /api/audit
    POST /api/billing/settings/test
    PUT /api/billing/automatic-top-up
    DELETE /api/billing/automatic-top-up/card
    POST /api/auth/send-verify
    POST /api/stream/tickets
    DELETE /api/events/{eventId}/organizers/{userId}
    PUT /api/events/{eventId}/organizers/{userId}
    PATCH /api/me
    DELETE /api/admin/users/{id}/second-factor
    DELETE /api/me/email-change
    GET /api/me/second-factor
    POST /api/me/second-factor
    POST /api/me/second-factor/confirm
    POST /api/me/second-factor/recovery-codes
    POST /api/me/second-factor/turn-off
    DELETE /api/org/members/{userId}/second-factor
    GET /api/me/email-change
    POST /api/me/email-change
    POST /api/me/password
    GET /api/me/sessions
    DELETE /api/me/sessions
    DELETE /api/me/sessions/{id}
    PATCH /api/org
    GET /api/org/data
    PUT /api/settings/message-retention
    POST /api/org/close
    GET /api/admin/closings
    POST /api/admin/organisations/{orgId}/close
    POST /api/admin/organisations/{orgId}/reopen
    GET /api/org/closing
    POST /api/org/reopen
    GET /api/org/invitations
    POST /api/org/invitations
    DELETE /api/org/invitations/{id}
    GET /api/org/members
    DELETE /api/org/members/{userId}
    PATCH /api/org/members/{userId}
    """
)
"""No key: routes for users, keys and operators."""

WRITE = routes(
    """
    PUT /api/a2p/brand/draft
    PUT /api/a2p/campaign/draft
    POST /api/campaigns
    DELETE /api/campaigns/{id}
    PATCH /api/campaigns/{id}
    PATCH /api/campaigns/{id}/cancel
    POST /api/campaigns/{id}/duplicate
    PATCH /api/campaigns/{id}/pause
    POST /api/contact-lists
    DELETE /api/contact-lists/{id}
    PATCH /api/contact-lists/{id}
    DELETE /api/contact-lists/{id}/members
    POST /api/contact-lists/{id}/members
    POST /api/contact-lists/{id}/members/remove
    POST /api/contacts
    POST /api/contacts/import
    POST /api/contacts/bulk-changes
    POST /api/contacts/bulk-changes/{id}/cancel
    POST /api/contacts/import-jobs
    POST /api/contacts/import-jobs/{id}/cancel
    POST /api/contacts/tags
    DELETE /api/contacts/{id}
    PATCH /api/contacts/{id}
    POST /api/contacts/{id}/merge
    POST /api/contacts/{id}/opt-out
    POST /api/events
    DELETE /api/events/{eventId}
    PATCH /api/events/{eventId}
    POST /api/events/{eventId}/attendees
    POST /api/events/{eventId}/attendees/from-list
    POST /api/events/{eventId}/attendees/import
    DELETE /api/events/{eventId}/attendees/{attendeeId}
    PATCH /api/events/{eventId}/attendees/{attendeeId}
    POST /api/events/{eventId}/matches
    DELETE /api/events/{eventId}/matches/{matchId}
    PATCH /api/events/{eventId}/notifications/{notificationId}/cancel
    POST /api/events/{eventId}/question-sets
    DELETE /api/events/{eventId}/question-sets/{setId}
    PATCH /api/events/{eventId}/question-sets/{setId}
    PATCH /api/events/{eventId}/sms-retries/{retryId}/cancel
    POST /api/history/exports
    POST /api/messages/threads/{contactId}/archive
    POST /api/messages/threads/{contactId}/read
    POST /api/messages/threads/{contactId}/unarchive
    POST /api/notifications/read-all
    POST /api/notifications/{id}/read
    PATCH /api/messages/{id}/read
    DELETE /api/sms/scheduled/{id}
    POST /api/templates
    DELETE /api/templates/{id}
    PATCH /api/templates/{id}
    GET /api/twilio/numbers/available
    """
)
"""Sends nothing now or later, spends nothing, and can be undone."""
