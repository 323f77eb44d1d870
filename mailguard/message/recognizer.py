"""The joint to whoever reads words off pictures."""

from typing import Protocol

from mailguard.message.budget import BudgetSpent
from mailguard.message.extractor import ExtractionFailed
from mailguard.message.gathering import Gathering


class NotReadYet(ExtractionFailed):
    """The picture is read later, by somebody who has the time."""

    def __init__(self) -> None:
        super().__init__("the picture was not read")


class Recognizer(Protocol):
    """Reads one picture somewhere else."""

    def recognize(self, octets: bytes) -> str:
        """Its words, line by line; empty where there are none. Raises ExtractionFailed. Blocks."""


class Memory(Protocol):
    """What somebody who reads pictures has read before."""

    def recall(self, octets: bytes) -> str | None:
        """The words of a picture; None where it does not know them. At once."""


class ReadLater:
    """A recognizer for whoever must not wait: a picture that was not read before is not read now."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def recognize(self, octets: bytes) -> str:
        """Its words, if they are known. Raises NotReadYet."""
        text = self._memory.recall(octets)
        if text is None:
            raise NotReadYet
        return text


def read_pictures(into: Gathering, recognizer: Recognizer | None) -> None:
    """Add what stands in the pictures that were kept. A picture that is not read is a trouble: the message is held."""
    for picture in into.pictures:
        if recognizer is None:
            into.unreadable(picture.path, "the picture was not read")
            continue
        try:
            started = into.meter.start_extraction()
        except BudgetSpent:
            into.unreadable(picture.path, "the pictures take too long to read")
            return
        seconds = 0.0
        try:
            text = recognizer.recognize(picture.data)
        except NotReadYet as waits:
            into.unreadable(picture.path, waits.text, awaited=True)
        except ExtractionFailed as failed:
            into.unreadable(picture.path, failed.text)
        else:
            into.add(f"{picture.path}#ocr", picture.role, text, picture.media_type, picture.file_name)
        finally:
            seconds = into.meter.since(started)
            into.meter.end_extraction(started, seconds)
