"""Pseudonyms of employees: the same for a quarter of a year, another afterwards, and nobody's without the key file.

Pseudonymised data is personal data still (GDPR, Art. 4(5) and recital 26): whoever has key and addresses can open it.
"""

import hmac
from datetime import datetime
from zoneinfo import ZoneInfo

from mailguard.core.address import canonical
from mailguard.core.ids import spell
from mailguard.store.keys.ring import KeyRing

_LETTERS = 7
"""34 bits: among 10,000 people two share a pseudonym in fewer than one quarter of 300."""


def make_pseudonym(sealer: KeyRing, address: str, quarter: str) -> str:
    """`P-7K4M9QT` for an address in a quarter; every spelling of one mailbox has the same."""
    # The quarter is in the key and not in the text: of a key that became known, only its quarter can be opened.
    key = sealer.derive(f"pseudonyms {quarter}")
    digest = hmac.digest(key, canonical(address).encode("utf-8", "replace"), "sha256")
    return f"P-{spell(int.from_bytes(digest[:8]), _LETTERS)}"


def name_quarter(moment: datetime, zone: ZoneInfo) -> str:
    """The quarter of the year that a moment is in: `2026-Q4`."""
    day = moment.astimezone(zone)
    return f"{day.year}-Q{(day.month + 2) // 3}"
