"""How long a test waits for the platform, and how often it asks, in seconds."""

ENDS_WITHIN = 120.0
"""Time until a campaign has handled its whole list."""

SETTLES_WITHIN = 60.0
"""Time until all texts have a final status and are counted."""

API_EVERY = 0.25
"""Time between two requests when we poll. It is this long because of the rate limit for reads."""
