"""Jobs and their results as frames: a line of JSON, then for a job the octets of the attachment."""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, replace
from typing import Any

from mailguard.core.part import Part, PartRole, Trouble, Unread
from mailguard.message.blob import Blob
from mailguard.message.budget import Budget
from mailguard.message.extractor import Extract
from mailguard.message.gathering import Picture

READY = b"ready"
"""The first frame of a worker."""
FAILED = b"failed"
"""Its answer to a job that raised."""
_TROUBLES = frozenset({"unreadable", "encrypted", "recording"})


def pack_job(blob: Blob, budget: Budget) -> bytes:
    """A blob and the budget for it."""
    fields = {name: getattr(blob, name) for name in ("path", "role", "media_type", "file_name", "depth")}
    fields |= {"archive_depth": blob.archive_depth, "parameters": dict(blob.parameters)}
    return _encode({"blob": fields, "budget": asdict(budget)}) + b"\n" + blob.data


def unpack_job(frame: bytes) -> tuple[Blob, Budget]:
    """The other way round."""
    end = frame.index(b"\n")
    job = json.loads(frame[:end].decode("utf-8", "surrogatepass"))
    fields: dict[str, Any] = job["blob"] | {"role": PartRole(job["blob"]["role"]), "data": frame[end + 1 :]}
    return Blob(**fields), Budget(**job["budget"])


def pack_extract(extract: Extract) -> bytes:
    """What was read."""
    fields = asdict(extract)
    for picture in fields["pictures"]:
        picture["data"] = b64encode(picture["data"]).decode()
    for trouble in fields["troubles"]:
        del trouble["awaited"]  # no worker leaves anything for later, and none is believed that it does
    return _encode(fields)


def unpack_extract(frame: bytes, seconds: float) -> Extract:
    """The other way round. Raises ValueError, TypeError, LookupError for what no honest worker writes."""
    fields = json.loads(frame.decode("utf-8", "surrogatepass"))
    extract = Extract(
        parts=tuple(Part(**_strings(part)) for part in fields["parts"]),
        troubles=tuple(_trouble(**_strings(trouble)) for trouble in fields["troubles"]),
        unread=tuple(Unread(**unread) for unread in fields["unread"]),
        pictures=tuple(_picture(_strings(picture)) for picture in fields["pictures"]),
        entered=max(0, int(fields["entered"])),
        expanded=max(0, int(fields["expanded"])),
        seconds=seconds,
    )
    if any(trouble.kind not in _TROUBLES for trouble in extract.troubles):
        raise ValueError("no such kind of trouble")
    return replace(extract, parts=tuple(replace(part, role=PartRole(part.role)) for part in extract.parts))


def _trouble(kind: str, part: str, text: str) -> Trouble:
    return Trouble(kind, part, text)


def _picture(fields: dict[str, Any]) -> Picture:
    return Picture(**fields | {"role": PartRole(fields["role"]), "data": b64decode(fields["data"], validate=True)})


def _strings(fields: dict[str, Any]) -> dict[str, Any]:
    if any(not isinstance(value, str | None) for value in fields.values()):
        raise TypeError("not a string")
    return fields


def _encode(value: Any) -> bytes:
    # Names of files may hold lone surrogates, which plain UTF-8 refuses.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
