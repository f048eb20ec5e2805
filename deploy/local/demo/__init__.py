"""Play an organisation's evening and event, and compare them with the providers' record."""
