"""Simulate Stripe: Checkout Sessions with a page, payments, refunds, disputes, signed events."""
