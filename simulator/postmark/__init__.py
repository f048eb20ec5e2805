"""Postmark: mails that are sent land in an outbox that a person can read."""
