"""Simulate Twilio, Stripe and Postmark on localhost, in their wire formats."""
