"""Alembic's environment, one for all services: run the migrations of ``config.attributes``."""

from alembic import context
from sqlalchemy import create_engine, pool, text

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    # One migration at a time, however many replicas start at once; a session's lock.
    connection.execute(text("SELECT pg_advisory_lock(7217, 1)"))
    # A migration that can't get its locks gives up rather than queue everybody behind it.
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    connection.execute(text("SET idle_in_transaction_session_timeout = '1min'"))
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
