"""Alembic's entry point: runs inside the transaction that `upgrade` opened, and opens none of its own."""

from alembic import context

_given = context.config.attributes
context.configure(connection=_given["connection"], transactional_ddl=False, on_version_apply=_given["told"])
context.run_migrations()
