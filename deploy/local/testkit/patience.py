"""How long the platform is given, and how often it is asked, in seconds."""

ENDS_WITHIN = 60.0
"""Until a campaign has gone through its list."""

SETTLES_WITHIN = 20.0
"""Until what is under way has arrived and is counted."""

API_EVERY = 0.25
"""Between two requests of a poll: reads have a budget."""
