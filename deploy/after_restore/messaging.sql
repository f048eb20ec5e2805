-- After messaging's database was restored from a backup, and before the first process starts.
-- docs/operations.md, "Postgres came back older", says why. It can be repeated until processes start.
SET app.scope = 'system';

-- Messages that waited may have been sent already: they are searched for at Twilio first. Campaigns are held.
WITH waiting AS (
  UPDATE sms_messages
  SET status = 'unknown', attempted_at = coalesce(attempted_at, created_at), next_step_at = now()
  WHERE status IN ('pending', 'sending') AND charged RETURNING campaign_id
), moved AS (
  SELECT campaign_id, count(*) AS messages FROM waiting
  WHERE campaign_id IS NOT NULL GROUP BY campaign_id
)
UPDATE campaign_counts AS counted
SET held = true, pending = pending - messages, unknown = unknown + messages
FROM moved WHERE counted.campaign_id = moved.campaign_id;

-- Nothing is sent until somebody knows what was lost.
INSERT INTO sending_hold (only_row, reason) VALUES (true, 'restored from a backup')
ON CONFLICT DO NOTHING;
