"""An evening and an event of an organisation, checked against what the providers recorded."""
