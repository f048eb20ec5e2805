"""What queries raise while the database is away."""

from sqlalchemy import exc

DATABASE_AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""No connection, a connection that broke, no free connection in time."""
