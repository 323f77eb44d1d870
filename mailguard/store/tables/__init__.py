"""The tables, by what they keep. Their history is in `migrations/`.

Whoever imports one has them all: a foreign key is found only where both of its tables are known.
"""

from mailguard.store.tables import (  # noqa: F401
    audit,
    awaiting,
    breaches,
    cases,
    decisions,
    figures,
    journal,
    logins,
    nodes,
    outbox,
    people,
    reader_reports,
    reviewing,
    set_aside,
)
