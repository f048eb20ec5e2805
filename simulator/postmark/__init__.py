"""Simulate Postmark: mails are stored in an outbox, where people can read them."""
