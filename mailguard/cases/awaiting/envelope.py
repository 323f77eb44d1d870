"""An envelope in a row: every word of the client's, so that the message goes on as it would have at once."""

from dataclasses import asdict
from typing import Any

from mailguard.core.envelope import Client, Envelope

_Pairs = tuple[tuple[str, str], ...]


def pack_envelope(envelope: Envelope) -> dict[str, Any]:
    """As JSON."""
    return asdict(envelope)


def unpack_envelope(packed: dict[str, Any]) -> Envelope:
    """What was packed."""
    client = packed["client"] | {"forwarded": _pairs(packed["client"]["forwarded"])}
    lists = {"recipients": tuple(packed["recipients"]), "recipient_dsn": _pairs(packed["recipient_dsn"])}
    return Envelope(**(packed | lists | {"client": Client(**client)}))


def _pairs(packed: list[list[str]]) -> _Pairs:
    return tuple((name, value) for name, value in packed)
