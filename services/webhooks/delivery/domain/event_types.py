"""The type of test events, which customers can't choose. The contract lists all other types."""

TEST = "endpoint.test"
"""The type of the event that tests an endpoint. An endpoint gets it whatever it subscribes to."""
