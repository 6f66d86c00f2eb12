"""Alembic's entry: the connection is handed in by volunteer_hub.migrations."""

from alembic import context
from sqlalchemy import text

from volunteer_hub.migrations import standing
from volunteer_hub.migrations.tables import metadata

LOCK = 7_203_115  # any fixed number: two starting processes must not migrate at once

connection = context.config.attributes["connection"]
connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
connection.execute(text("SET LOCAL lock_timeout = '10s'"))
for extension in ("btree_gist", "citext", "pg_trgm"):  # trusted ones: the owner of a database may add them
    connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
context.configure(connection=connection, target_metadata=metadata(), compare_type=True)
with context.begin_transaction():
    context.run_migrations()
standing.write(connection)
