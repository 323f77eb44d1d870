"""Bodies that were read before: a newsletter, an answer by form, the same letter to a thousand readers.

To take the digest of 30 kB of HTML takes 20 us, to read it 1.2 ms. Parts are known one by one, since the message around
them is another for each reader: its `To`, its date, its boundaries.
"""

from collections.abc import Collection
from hashlib import sha256

from mailguard.core.part import Part, PartRole
from mailguard.core.remembered import Recurring
from mailguard.message.blob import Blob
from mailguard.message.gathering import Gathering

_SHORTEST, _LONGEST = 512, 256 * 1024
"""Octets: a shorter part is read as soon as it is looked up, a longer one leaves room for no other."""
_MOST, _ROOM = 512, 2 << 20
"""Parts whose texts are kept, and characters of all of them."""


class KnownTexts:
    """What text parts have come to, from the second time on; for many threads. It is `Forgetful`."""

    def __init__(self, most: int = _MOST) -> None:
        """`most`: parts that are kept."""
        self._known: Recurring[bytes, tuple[tuple[Part, ...], int]] = Recurring(most, _ROOM)

    def key_of(self, blob: Blob) -> bytes | None:
        """Of everything that its reading depends on, but for the budget; None for one that is not worth keeping.

        Files have a memory of their own (`extraction/known_files.py`).
        """
        if blob.role is PartRole.ATTACHMENT or blob.archive_depth or not _SHORTEST <= len(blob.data) <= _LONGEST:
            return None
        about = (blob.path, blob.role, blob.media_type, blob.file_name, sorted(blob.parameters.items()), blob.depth)
        digest = sha256(repr(about).encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
        digest.update(blob.data)
        return digest.digest()

    def tell(self, key: bytes, into: Gathering) -> bool:
        """Add the texts of the part to the gathering, if they are known and all of them fit."""
        known = self._known.recall(key)
        if known is None:
            return False
        parts, characters = known
        if characters > into.meter.left_to_expand:
            return False  # reading ends in the middle of it
        into.take(parts, (), ())
        into.meter.expand(characters)
        return True

    def keep(self, key: bytes, parts: tuple[Part, ...], characters: int) -> None:
        """Keep what the reading came to, where that was texts and nothing else."""
        self._known.keep(key, (parts, characters), 1000 + sum(len(part.text) for part in parts))

    def forget(self, texts: Collection[str]) -> None:
        """Let go of what has one of these texts."""
        self._known.forget(lambda known: any(part.text in texts for part in known[0]))
