"""Twilio, Stripe and Postmark on localhost, speaking their wire formats."""
