"""The type of event that is no customer's choice. The contract lists those that are."""

TEST = "endpoint.test"
"""The type of the event that tests an endpoint. Every endpoint gets it when asked."""
