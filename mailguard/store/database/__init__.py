"""The database below the store: SQLite's file or PostgreSQL, its clock, its disk and its troubles."""
