"""Drills: a restore and an upgrade of a platform that is being used, on this machine."""
