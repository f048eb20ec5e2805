"""Postmark: sending mail into an outbox that a person can read."""
