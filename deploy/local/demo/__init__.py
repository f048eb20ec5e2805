"""A demo: act as an organisation for an evening, and check what the platform did."""
