"""Simulate Postmark: mails are not sent but stored, so that people can read them."""
