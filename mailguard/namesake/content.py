"""All of a letter that tells whom it is about: nothing else of it is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailguard.core.part import Letter, PartRole


@dataclass(frozen=True, slots=True)
class Content:
    """Letters of equal content are about the same customers, whoever reads them, as long as the register says the
    same (`known_contents.py`)."""

    texts: tuple[str, ...]
    """Every text but the header's, each once: subject, bodies, attachments."""
    bodies: tuple[str, ...]
    """Those of them that a greeting may open."""
    file_names: tuple[str, ...]
    """Of attached files, each once."""
    named: tuple[str, ...]
    """What the sending application says in header fields of its own."""

    @classmethod
    def of(cls, letter: Letter, fields: Sequence[str] = ()) -> "Content":
        """The content of a letter; `fields`: names of the header fields in which applications name customers."""
        parts = letter.parts
        names = dict.fromkeys((*(part.file_name for part in parts), *(part.file_name for part in letter.unread)))
        return cls(
            tuple(dict.fromkeys([part.text for part in parts if part.role is not PartRole.HEADER])),
            tuple([part.text for part in parts if part.role is PartRole.BODY]),
            tuple([name for name in names if name]),
            tuple([value for field in fields for value in letter.header_all(field)]),
        )
