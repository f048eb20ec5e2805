"""Use a running platform through its public API, for the demo and for tests."""
