"""A disk without room for held mail."""

from collections.abc import Sequence

from mailguard.notices.troubles.trouble import begin, end
from mailguard.store.database.disk import MEBIBYTE, Room
from mailguard.store.store import Store

DISK_TROUBLE, DISK_WELL = "disk_trouble", "disk_well"


def tell_disk(store: Store, to: Sequence[str], room: Room | None) -> str | None:
    """Write to ops when the reserve begins, and once more when there is room again; never twice the same.

    The reserve (`store.min_free_mb`) is what these letters are written into. Gives the kind of letter that was
    written, None when there was nothing to tell. Raises StoreError.
    """
    if room is None or not (room.is_short or room.is_ample):
        return None
    details = {"disk_free": f"{room.free // MEBIBYTE} MB", "disk_reserve": f"{room.reserve // MEBIBYTE} MB"}
    if room.is_short:
        return DISK_TROUBLE if begin(store, "disk", to=to, details=details) else None
    return DISK_WELL if end(store, "disk", to=to, details=details) else None
