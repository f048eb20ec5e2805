"""What queries raise while the database is away."""

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

DATABASE_AWAY = (OperationalError, InterfaceError, TimeoutError)
"""No connection, a connection that broke, no free connection in time."""
