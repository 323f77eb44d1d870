"""Files that were read before: the terms, the price list and the logo that a company attaches to all of its mail.

Sending a file of 750 kB to a worker process, reading it and taking the answer takes 6 ms of CPU, looking up its digest
a half. What is kept of a file is kept from the second time on: a customer's own invoice comes once, and nothing of it
stays in memory, nor of the files of a letter that anything was found in.
"""

from dataclasses import replace
from hashlib import sha256
from sys import getsizeof

from mailguard.core.remembered import Keepsakes, Recurring, weight_of
from mailguard.message.blob import Blob
from mailguard.message.budget import Budget
from mailguard.message.extractor import Extract, Extractor

FileMemory = Recurring[bytes, Extract]
"""By the digest of everything that its reading depends on what a file says."""
_MOST, _ROOM = 512, 4 << 20
"""Files whose text is kept, and octets of all of them."""
_OF_ONE = 500
"""Octets that an entry of the list of what is unread takes besides its name."""


def file_memory(most: int = _MOST) -> FileMemory:
    """An empty memory for so many files."""
    return Recurring(most, _ROOM)


class KnownFiles:
    """A memory of files, as the reading of one letter uses it: an `Extractor` that asks another one for what it does
    not know. What that fails at, it is asked again."""

    def __init__(self, extractor: Extractor, memory: FileMemory, keepsakes: Keepsakes) -> None:
        """What this letter would leave there waits among its keepsakes."""
        self._extractor, self._memory, self._keepsakes = extractor, memory, keepsakes

    def extract(self, blob: Blob, kind: str, budget: Budget) -> Extract:
        """What the blob says. Raises ExtractionFailed. Blocks where it is not known."""
        digest = _digest_of(blob, kind, budget)
        known = self._memory.recall(digest)
        # A budget that has less left might not have let it be read to its end.
        if known is not None and known.entered <= budget.parts and known.expanded <= budget.expanded:
            return known
        extract = self._extractor.extract(blob, kind, budget)
        if not extract.troubles:  # some are of the moment: no memory, no time
            self._keepsakes.add(self._memory, digest, replace(extract, seconds=0.0), _weight_of(extract))
        return extract


def _digest_of(blob: Blob, kind: str, budget: Budget) -> bytes:
    """Of everything that the reading depends on: the octets, what is said of them, and the limits but what is left."""
    about = (kind, replace(blob, data=b"", parameters={}), sorted(blob.parameters.items()))
    limits = replace(budget, parts=0, expanded=0)
    digest = sha256(repr((about, limits)).encode("utf-8", "surrogatepass"))
    digest.update(b"\0")
    digest.update(blob.data)
    return digest.digest()


def _weight_of(extract: Extract) -> int:
    texts = sum(map(weight_of, extract.parts))
    names = sum(_OF_ONE + getsizeof(each.file_name or "") for each in extract.unread)
    return 1000 + texts + names + sum(len(picture.data) for picture in extract.pictures)
