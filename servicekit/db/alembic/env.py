"""Alembic's environment, one for all services: run the migrations of ``config.attributes``."""

import time

from alembic import context
from sqlalchemy import create_engine, pool, text

from servicekit.db.limits import MIGRATION

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    # One migration at a time, however many replicas start at once; a session's lock. Who waited for
    # it within a statement would keep an index from being built beside running transactions.
    while not connection.scalar(text("SELECT pg_try_advisory_lock(7217, 1)")):
        connection.commit()
        time.sleep(0.2)
    for name, milliseconds in MIGRATION.settings().items():
        connection.execute(text(f"SET {name} = {milliseconds}"))
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
