"""Drive a running platform through its public API: used by the demo and by the tests."""
