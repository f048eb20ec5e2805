"""The metadata that the tables of all packages share."""

from sqlalchemy import MetaData

metadata = MetaData()
