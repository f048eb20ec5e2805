"""Alembic's environment, one for all services: run the migrations of ``config.attributes``."""

import time

from alembic import context
from sqlalchemy import create_engine, pool, text

from servicekit.db.limits import MIGRATION

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    # The lock of this session lets one process migrate at a time. We ask for it again and again: a
    # statement that waited for the lock would be an open transaction, and CREATE INDEX CONCURRENTLY
    # in the other process would wait for it.
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
