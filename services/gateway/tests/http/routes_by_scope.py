"""A table of the routes that need each scope. A developer adds each new route by hand."""


def _routes(lines: str) -> frozenset[str]:
    return frozenset(line.strip() for line in lines.strip().splitlines())


SEND = _routes(
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

ADMIN = _routes(
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

SESSIONS_ONLY = _routes(
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

WRITE = _routes(
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

READ = _routes(
    """
    GET /api/a2p/brand/draft
    GET /api/a2p/campaign/draft
    GET /api/a2p/status
    GET /api/analytics/campaigns/{id}
    GET /api/analytics/usage
    GET /api/billing/balance
    GET /api/billing/prices
    GET /api/billing/settings
    GET /api/billing/automatic-top-up
    GET /api/billing/stripe/checkout/{sessionId}
    GET /api/billing/transactions
    GET /api/billing/transactions/export
    GET /api/campaigns
    GET /api/campaigns/last-by-list
    GET /api/campaigns/overview
    GET /api/campaigns/{id}
    GET /api/campaigns/{id}/errors
    GET /api/campaigns/{id}/metrics
    POST /api/campaigns/{id}/quote
    POST /api/campaigns/{id}/retry-failed/quote
    POST /api/events/{eventId}/notify/quote
    GET /api/campaigns/{id}/results
    GET /api/campaigns/{id}/results/export
    GET /api/contact-lists
    GET /api/contact-lists/{id}
    GET /api/contacts
    GET /api/contacts/bulk-changes
    GET /api/contacts/bulk-changes/{id}
    GET /api/contacts/count
    GET /api/contacts/export
    GET /api/contacts/import-jobs
    GET /api/contacts/import-jobs/{id}
    GET /api/contacts/import-jobs/{id}/errors
    GET /api/contacts/import-jobs/{id}/failed-rows
    POST /api/contacts/import/preview
    GET /api/contacts/{id}/opt-history
    GET /api/contacts/{id}
    GET /api/dashboard
    GET /api/events
    GET /api/events/{eventId}
    GET /api/events/{eventId}/attendees
    GET /api/events/{eventId}/attendees/{attendeeId}
    GET /api/events/{eventId}/attendees/{attendeeId}/sms-history
    GET /api/events/{eventId}/matches
    GET /api/events/{eventId}/notifications
    GET /api/events/{eventId}/notifications/{notificationId}
    GET /api/events/{eventId}/organizers
    GET /api/events/{eventId}/question-sets
    GET /api/events/{eventId}/question-sets/{setId}
    GET /api/events/{eventId}/sms-retries
    GET /api/events/{eventId}/sms-retries/{retryId}
    GET /api/events/{eventId}/sms-summary
    GET /api/events/{eventId}/texts
    GET /api/history/exports
    GET /api/history/exports/{id}
    GET /api/history/messages
    GET /api/history/messages/export
    GET /api/me
    GET /api/messages
    GET /api/messages/error-codes
    GET /api/messages/search
    GET /api/messages/thread/{contactId}
    GET /api/messages/threads
    GET /api/messages/{id}
    GET /api/messages/{id}/media
    GET /api/notifications
    GET /api/org
    GET /api/org/people
    GET /api/request-log
    GET /api/request-log/{requestId}
    GET /api/settings/message-retention
    GET /api/settings/quiet-hours
    GET /api/settings/sending
    POST /api/sms/quote
    GET /api/sms/scheduled
    GET /api/sms/scheduled/{id}
    GET /api/tags
    GET /api/templates
    POST /api/templates/preview
    GET /api/templates/{id}
    GET /api/twilio/balance
    GET /api/twilio/messaging-services
    GET /api/twilio/numbers
    GET /api/twilio/subaccount
    GET /api/webhooks/deliveries/{id}
    GET /api/webhooks/endpoints
    GET /api/webhooks/endpoints/{endpointId}/deliveries
    GET /api/webhooks/endpoints/{id}
    GET /api/webhooks/listeners
    GET /api/webhooks/listeners/{id}
    POST /api/webhooks/listeners/{id}/fetch
    """
)
"""Reads, or computes without storing anything."""
