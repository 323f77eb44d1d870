"""What a browser keeps for us while somebody logs in: sealed, so that it can neither be read nor made up.

Nothing is kept here for strangers, who could fill a table, and every node can go on with what another has begun.
"""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from mailguard.desk.desk import Desk
from mailguard.store.keys.sealing import Purpose


def seal_ticket(desk: Desk, kind: str, values: dict[str, Any]) -> str:
    """The values, sealed for one kind of use."""
    text = json.dumps({"kind": kind, **values}).encode()
    return _seals(desk).encrypt_at_time(text, int(desk.now().timestamp())).decode("ascii")


def open_ticket(desk: Desk, kind: str, ticket: str, lasts: timedelta) -> dict[str, Any] | None:
    """What was sealed, unless it is older than `lasts`, for another use, or not ours."""
    now = int(desk.now().timestamp())
    try:
        text = _seals(desk).decrypt_at_time(ticket.encode("utf-8", "replace"), int(lasts.total_seconds()), now)
    except InvalidToken:
        return None
    values: dict[str, Any] = json.loads(text)
    return values if values.pop("kind") == kind else None


def _seals(desk: Desk) -> MultiFernet:
    # The key in use seals; the one that a rotation is just dropping still opens.
    ring = desk.store.sealer
    others = (key_id for key_id in ring.key_ids if key_id != ring.key_id)
    keys = (ring.key(key_id).derive(Purpose.TICKET) for key_id in (ring.key_id, *others))
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])
