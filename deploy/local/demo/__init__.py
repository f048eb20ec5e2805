"""The story of a campaign, played over the public API and checked against the providers' record."""
