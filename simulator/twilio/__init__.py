"""Simulate Twilio: accounts, numbers, messaging services, messages, callbacks, inbound texts."""
