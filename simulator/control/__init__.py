"""Control and inspect the simulator, by an API and by web pages."""
