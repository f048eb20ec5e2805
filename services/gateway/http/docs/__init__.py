"""The documentation of the API: guides and a reference, as pages that need no script."""
