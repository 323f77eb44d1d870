"""The tables of the customer register, by what they keep. Their history is in `store/migrations/`."""

from mailguard.customers.tables import audits, memory, register, sources  # noqa: F401 - who imports one has them all
