"""Pictures of all screens of the console, for people who check how it looks."""
