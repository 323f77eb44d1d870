"""Several guards on one PostgreSQL, behind HAProxy."""
