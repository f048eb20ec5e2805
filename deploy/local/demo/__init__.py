"""An evening of an organisation, over the public API, checked against the providers' record."""
