"""Bodies that were read before: a newsletter, an answer by form, the same letter to a thousand readers.

To take the digest of 30 kB of HTML takes 20 us, to read it 1.2 ms. Parts are known one by one, since the message around
them is another for each reader: its `To`, its date, its boundaries.
"""

from collections.abc import Sequence
from hashlib import sha256

from mailguard.core.part import Part, PartRole
from mailguard.core.remembered import Keepsakes, Recurring, weight_of
from mailguard.message.blob import Blob
from mailguard.message.gathering import Gathering

BodyMemory = Recurring[bytes, tuple[tuple[Part, ...], int]]
"""By a body's key the parts that its reading gave, and the characters that these have cost."""
_SHORTEST, _LONGEST = 512, 256 * 1024
"""Octets: a shorter part is read as soon as it is looked up, a longer one leaves room for no other."""
_MOST, _ROOM = 512, 4 << 20
"""Bodies, and octets of all their texts."""


def body_memory(most: int = _MOST) -> BodyMemory:
    """An empty memory for so many bodies."""
    return Recurring(most, _ROOM)


class KnownTexts:
    """A memory of bodies, as the reading of one letter uses it."""

    def __init__(self, memory: BodyMemory, keepsakes: Keepsakes) -> None:
        """What this letter would leave there waits among its keepsakes."""
        self._memory, self._keepsakes = memory, keepsakes

    def key_of(self, blob: Blob) -> bytes | None:
        """Of everything that its reading depends on, but for the budget; None for what is not worth keeping, or may be
        a message of its own, whose boundaries the whole letter has to know of.

        Files have a memory of their own (`known_files.py`).
        """
        if blob.role is PartRole.ATTACHMENT or blob.archive_depth or not _SHORTEST <= len(blob.data) <= _LONGEST:
            return None
        if blob.file_name or blob.media_type.startswith("message/"):
            return None
        about = (blob.path, blob.role, blob.media_type, sorted(blob.parameters.items()), blob.depth)
        digest = sha256(repr(about).encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
        digest.update(blob.data)
        return digest.digest()

    def tell(self, key: bytes, into: Gathering) -> bool:
        """Add the texts of the part to the gathering, if they are known and all of them fit."""
        known = self._memory.recall(key)
        if known is None:
            return False
        parts, characters = known
        if characters > into.meter.left_to_expand:
            return False  # reading ends in the middle of it
        into.take(parts, (), ())
        into.meter.expand(characters)
        return True

    def keep(self, key: bytes, parts: Sequence[Part], characters: int) -> None:
        """What the reading came to, where that was texts and nothing else."""
        self._keepsakes.add(self._memory, key, (tuple(parts), characters), sum(map(weight_of, parts)))
