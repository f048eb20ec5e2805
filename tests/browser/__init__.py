"""The tests that use the console in a browser. They are one package, so that they share it."""
