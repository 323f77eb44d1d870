"""Files that were read before: the terms, the price list and the logo that a company attaches to all of its mail.

Sending a file of 750 kB to a worker process, reading it and taking the answer takes 6 ms of CPU, looking up its digest
a half. What is kept of a file is kept from the second time on: a customer's own invoice comes once, and nothing of it
stays in memory, nor of a file that anything was found in.
"""

from collections.abc import Collection
from dataclasses import replace
from hashlib import sha256
from sys import getsizeof

from mailguard.core.remembered import Recurring, weight_of
from mailguard.message.blob import Blob
from mailguard.message.budget import Budget
from mailguard.message.extractor import Extract, Extractor

_MOST, _ROOM = 512, 4 << 20
"""Files whose text is kept, and octets of all of them."""
_OF_ONE = 500
"""Octets that an entry of the list of what is unread takes besides its name."""


class KnownFiles:
    """An `Extractor` that asks another one for what it does not know. What that fails at, it is asked again.

    It is `Forgetful`.
    """

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._known: Recurring[bytes, Extract] = Recurring(_MOST, _ROOM)

    def extract(self, blob: Blob, kind: str, budget: Budget) -> Extract:
        """What the blob says. Raises ExtractionFailed. Blocks where it is not known."""
        digest = _digest_of(blob, kind, budget)
        known = self._known.recall(digest)
        # A budget that has less left might not have let it be read to its end.
        if known is not None and known.entered <= budget.parts and known.expanded <= budget.expanded:
            return known
        extract = self._extractor.extract(blob, kind, budget)
        if not extract.troubles:  # some are of the moment: no memory, no time
            self._known.keep(digest, replace(extract, seconds=0.0), _weight_of(extract))
        return extract

    def forget(self, texts: Collection[str]) -> None:
        """Let go of files that have one of these texts."""
        self._known.forget(lambda extract: any(part.text in texts for part in extract.parts))


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
