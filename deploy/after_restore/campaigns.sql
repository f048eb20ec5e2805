-- After campaigns' database was restored from a backup, and before the first process starts.
-- docs/operations.md, "Postgres came back older", says why. It can be repeated until processes start.
SET app.scope = 'system';

-- The progress of running campaigns is older than what people received.
UPDATE sms_campaigns
SET status = 'paused', status_reason = 'restored', held = true, tell_hold_until = now(),
  lease_token = NULL, lease_until = NULL, updated_at = now()
WHERE status = 'running';

-- Campaigns that became due in the lost time may have been sent.
UPDATE sms_campaigns SET status = 'draft', updated_at = now()
WHERE status = 'scheduled' AND schedule_at < now();
