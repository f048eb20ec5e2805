"""Simulate Twilio, Stripe and Postmark on localhost, with the requests and responses of each."""
