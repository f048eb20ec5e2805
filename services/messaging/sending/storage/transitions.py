"""All SQL that creates messages or moves them from one status to another.

    STORE           (new)   -> pending, uncharged; RELEASE charges it
    STORE_REPORTED  (new)   -> sending
    CLAIM[_ONE]     pending -> sending
    DEFER           sending -> pending
    RECORD          sending -> queued, failed, pending or unknown
    EXPIRE_LEASES   sending -> unknown
    SEND_AGAIN      unknown -> pending
    APPLY_REPORTS   any     -> a status of a higher rank
    CANCEL          pending -> cancelled
    EXPIRE          pending -> failed

The modules beside this one execute these statements. A test checks that no other statement in the
service sets a message's status, except for incoming messages, which stay `received`.

Statuses are literals, because prepared statements with parameters could not use partial indexes.
"""

from sqlalchemy import text

# Pending and uncharged: nobody may claim it yet. It is due already, so that RELEASE changes no
# column of an index, and needs no new index entries. What the drafts of a chunk have in common
# (pictures, reference, metadata, the chosen sender) is sent once: `options` are the different ones,
# and `options_of` says which of them a draft has, counted from 1.
STORE = text("""
INSERT INTO sms_messages
  (id, org_id, user_id, campaign_id, operation_id, contact_id, to_number, from_number, body,
   direction, status, segments, price_cents, time_zone, event_id, notification_type, attendee_id,
   retry_of, smart_encoded, media_urls, media_count, reference, metadata, sender_chosen,
   valid_until, next_step_at, traceparent)
SELECT id, :org_id, :user_id, :campaign_id, operation_id, contact_id, phone, sender, body, 'out',
  'pending', segments, price_cents, time_zone, :event_id, :notification_type, attendee_id,
  retry_of, smart_encoded, ARRAY(SELECT jsonb_array_elements_text(options -> 'media_urls')),
  jsonb_array_length(options -> 'media_urls'), options ->> 'reference',
  nullif(options -> 'metadata', '{}'), (options -> 'chosen')::boolean,
  coalesce(
    valid_until, now() + make_interval(secs => (options ->> 'valid_seconds')::double precision)
  ), now(), CASE WHEN id = ANY(CAST(:traced_ids AS uuid[])) THEN :traceparent END
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:operation_ids AS uuid[]), CAST(:contact_ids AS uuid[]),
  CAST(:phones AS text[]), CAST(:bodies AS text[]), CAST(:segments AS integer[]),
  CAST(:prices AS bigint[]), CAST(:senders AS text[]), CAST(:time_zones AS text[]),
  CAST(:attendee_ids AS uuid[]), CAST(:retries_of AS uuid[]), CAST(:smart_encoded AS boolean[]),
  CAST(:valid_until AS timestamptz[]), CAST(:options_of AS integer[])
) AS draft (id, operation_id, contact_id, phone, body, segments, price_cents, sender, time_zone,
  attendee_id, retry_of, smart_encoded, valid_until, options_of)
CROSS JOIN LATERAL (SELECT (CAST(:options AS jsonb[]))[options_of] AS options) AS own
ON CONFLICT DO NOTHING
RETURNING id
""")

# Charged: it may be claimed, unless its campaign is held.
RELEASE = text("""
UPDATE sms_messages
SET charged = true, next_step_at = CASE WHEN :held THEN 'infinity'
  WHEN next_step_at = 'infinity' THEN now() ELSE next_step_at END
WHERE org_id = :org_id AND id = ANY(CAST(:ids AS uuid[])) AND NOT charged
RETURNING price_cents
""")

# Stored as sending, so that the callback moves it on like any other. A callback without our message
# id may be about a message that is being handed over to the same number. That message gets its SID
# from Twilio's answer, so no other message may take the SID. Rows are stored in one order, so that
# transactions wait for each other and never deadlock.
STORE_REPORTED = text("""
INSERT INTO sms_messages
  (id, org_id, provider_sid, account_sid, messaging_service_sid, to_number, from_number,
   raw_payload, raw_payload_at, body, direction, status, segments, price_cents)
SELECT id, org_id, provider_sid, account_sid, messaging_service_sid, to_number, from_number,
  payload, received_at, '', 'out', 'sending', 1, 0
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:named AS boolean[]), CAST(:org_ids AS uuid[]),
  CAST(:sids AS text[]), CAST(:account_sids AS text[]), CAST(:service_sids AS text[]),
  CAST(:tos AS text[]), CAST(:froms AS text[]), CAST(:payloads AS jsonb[]),
  CAST(:times AS timestamptz[])
) AS reported (id, named, org_id, provider_sid, account_sid, messaging_service_sid, to_number,
  from_number, payload, received_at)
WHERE named OR NOT EXISTS (
  SELECT FROM sms_messages AS own
  WHERE own.org_id = reported.org_id AND own.direction = 'out' AND own.provider_sid IS NULL
    AND own.status IN ('sending', 'unknown') AND own.to_number = reported.to_number
)
ORDER BY provider_sid
ON CONFLICT DO NOTHING
""")

# Nothing is claimed while an operator holds all sending.
#
# A message is claimed while any token is left, even if it needs more tokens. The bucket then
# becomes negative. So a long message passes a small bucket, and the rate holds on average.
CLAIM = text("""
WITH due AS (
  SELECT id, segments FROM sms_messages
  WHERE org_id = :org_id AND status = 'pending' AND charged AND next_step_at <= now()
    AND NOT EXISTS (SELECT FROM sending_hold)
    AND NOT EXISTS (
      SELECT FROM campaign_counts AS campaign
      WHERE campaign.campaign_id = sms_messages.campaign_id AND campaign.held
    )
  ORDER BY next_step_at, id LIMIT :limit
  FOR UPDATE SKIP LOCKED
), queued AS (
  SELECT id, sum(segments) OVER (ORDER BY id) - segments AS ahead FROM due
)
UPDATE sms_messages AS message
SET status = 'sending', attempts = attempts + 1, attempted_at = now(),
  next_step_at = now() + make_interval(secs => :lease), status_updated_at = now()
FROM queued
WHERE message.id = queued.id AND queued.ahead < :tokens AND message.org_id = :org_id
RETURNING message.id, message.campaign_id, message.contact_id, message.to_number,
  message.from_number, message.body, message.segments, message.attempts, message.time_zone,
  message.smart_encoded, message.media_urls, message.traceparent,
  extract(epoch FROM now() - greatest(old.next_step_at,
    least(now(), coalesce(CAST(:last_turn AS timestamptz), old.next_step_at)))) AS waited_seconds,
  extract(epoch FROM message.valid_until - clock_timestamp()) AS valid_seconds
""")

CLAIM_ONE = text("""
UPDATE sms_messages
SET status = 'sending', attempts = attempts + 1, attempted_at = now(),
  next_step_at = now() + make_interval(secs => :lease), status_updated_at = now()
WHERE id = :id AND org_id = :org_id AND status = 'pending' AND charged
  AND NOT EXISTS (SELECT FROM sending_hold)
RETURNING segments, attempts,
  extract(epoch FROM valid_until - clock_timestamp()) AS valid_seconds
""")

# For messages claimed outside of their sending window. Their tokens go back to the bucket of the
# organisation's rate, because nothing was sent.
DEFER = text("""
WITH deferred AS (
  UPDATE sms_messages AS message
  SET status = 'pending', attempts = attempts - 1, next_step_at = early.opens_at
  FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) AS early (id, opens_at)
  WHERE message.id = early.id AND message.id = ANY(CAST(:ids AS uuid[]))
    AND message.org_id = :org_id AND message.status = 'sending'
  RETURNING message.segments
)
UPDATE send_limits SET tokens = tokens + (SELECT coalesce(sum(segments), 0) FROM deferred)
WHERE org_id = :org_id
""")

# If a callback came first, the message is further than the sender knows, and only the SID is
# stored. If the lease ran out, the message is unknown, and the sender's outcome settles it. If it
# is already pending again, the outcome counts only if the provider has the message.
_SETTLES = """(message.status IN ('sending', 'unknown')
    OR message.status = 'pending' AND outcome.provider_sid IS NOT NULL)"""
_RECORDING = """
UPDATE sms_messages AS message
SET status = CASE WHEN {settles} THEN outcome.status ELSE message.status END,
  provider_sid = coalesce(message.provider_sid, outcome.provider_sid),
  error_code = CASE WHEN {settles} THEN outcome.error_code ELSE message.error_code END,
  error_message = CASE WHEN {settles} THEN outcome.error_message ELSE message.error_message END,
  refund_due = message.refund_due OR ({settles} AND outcome.status = 'failed'),
  accepted_at = CASE WHEN outcome.provider_sid IS NULL THEN message.accepted_at
    ELSE coalesce(message.accepted_at, now()) END,
  account_sid = coalesce(:account_sid, message.account_sid),
  messaging_service_sid = coalesce(:messaging_service_sid, message.messaging_service_sid),
  next_step_at = CASE WHEN {settles}
    THEN now() + make_interval(secs => outcome.delay) ELSE message.next_step_at END,
  status_updated_at = now()
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:attempts AS integer[]), CAST(:statuses AS text[]),
  CAST(:sids AS text[]), CAST(:codes AS integer[]), CAST(:error_messages AS text[]),
  CAST(:delays AS double precision[])
) AS outcome (id, attempts, status, provider_sid, error_code, error_message, delay)
-- The ids once more: without them a plan may walk the organisation's messages for each outcome.
WHERE message.id = outcome.id AND message.id = ANY(CAST(:ids AS uuid[]))
  AND message.org_id = :org_id
  -- Another sender may have claimed it by then; this outcome says nothing about its attempt.
  AND (message.attempts = outcome.attempts OR outcome.provider_sid IS NOT NULL)
RETURNING message.id, message.campaign_id, message.contact_id, message.event_id,
  old.status AS was, new.status AS now
"""
RECORD = text(_RECORDING.format(settles=_SETTLES))

EXPIRE_LEASES = text("""
UPDATE sms_messages SET status = 'unknown', next_step_at = now(), status_updated_at = now()
WHERE id IN (
  SELECT id FROM sms_messages
  WHERE status = 'sending' AND next_step_at < now() AND id = ANY(CAST(:ids AS uuid[]))
  ORDER BY id FOR UPDATE SKIP LOCKED
)
RETURNING id, org_id, campaign_id, contact_id, event_id
""")

SEND_AGAIN = text("""
UPDATE sms_messages SET status = 'pending', next_step_at = now(), status_updated_at = now(),
  searched_since = NULL, searched_attempt = NULL
WHERE id = :id AND org_id = :org_id AND status = 'unknown' AND attempts = :attempts
RETURNING id, campaign_id, contact_id, event_id
""")

# Only a charged message that failed is refunded. The error code of an earlier attempt is removed,
# because the message came further.
APPLY_REPORTS = text("""
UPDATE sms_messages AS message
SET status = report.status,
  error_code = report.error_code,
  error_message = report.error_message,
  provider_sid = coalesce(message.provider_sid, report.provider_sid),
  from_number = coalesce(message.from_number, report.from_number),
  refund_due = message.refund_due OR (report.status = 'failed' AND message.charged),
  accepted_at = coalesce(message.accepted_at, now()),
  sent_at = CASE WHEN report.status IN ('sent', 'delivered', 'undelivered')
    THEN coalesce(message.sent_at, now()) ELSE message.sent_at END,
  delivered_at = CASE WHEN report.status = 'delivered' THEN now() ELSE message.delivered_at END,
  next_step_at = now() + make_interval(secs => :ask_after),
  status_updated_at = now()
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:codes AS integer[]),
  CAST(:error_messages AS text[]), CAST(:sids AS text[]), CAST(:froms AS text[])
) AS report (id, status, error_code, error_message, provider_sid, from_number)
WHERE message.id = report.id AND message.id = ANY(CAST(:ids AS uuid[]))
  AND status_rank(message.status) < status_rank(report.status)
RETURNING message.id, message.org_id, message.campaign_id, message.contact_id,
  message.event_id, message.to_number, message.error_code, old.status AS was, new.status AS now,
  extract(epoch FROM new.delivered_at - new.accepted_at) AS delivery_seconds
""")

# An uncharged message is still being accepted. It is cancelled once it is charged, or it is
# discarded.
CANCEL = text("""
UPDATE sms_messages
SET status = 'cancelled', refund_due = true, next_step_at = 'infinity', status_updated_at = now()
WHERE org_id = :org_id AND id IN (
  SELECT id FROM sms_messages
  WHERE org_id = :org_id AND campaign_id = :campaign_id AND status = 'pending' AND charged
  ORDER BY id LIMIT :limit FOR UPDATE
)
RETURNING id
""")

# A pending message is not at the provider. There is one exception: a sender was frozen while it
# handed the message over, and wakes up after this. Then the message is sent and refunded.
EXPIRE = text("""
UPDATE sms_messages
SET status = 'failed', error_code = :error_code, error_message = :error_message, refund_due = true,
  next_step_at = 'infinity', status_updated_at = now()
WHERE org_id = :org_id AND id IN (
  SELECT id FROM sms_messages
  WHERE org_id = :org_id AND id = ANY(CAST(:ids AS uuid[])) AND status = 'pending' AND charged
    AND (CAST(:at_any_time AS boolean) OR valid_until <= now())
  ORDER BY id FOR UPDATE SKIP LOCKED
)
RETURNING id, campaign_id, contact_id, event_id
""")
