"""Where in the tree of a message something stands, and the path that its part gets."""

from dataclasses import dataclass

from mailguard.core.part import PartRole


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the tree, numbered as IMAP does (RFC 3501, section 6.4.5): `1`, `1.2`; empty for the message itself."""

    section: str = ""
    depth: int = 0
    """Multiparts and messages around it."""
    role: PartRole = PartRole.BODY

    @property
    def number(self) -> str:
        """The section; a message of one part has part `1`."""
        return self.section or "1"

    @property
    def path(self) -> str:
        """Path of a part at this place, without a file name."""
        return f"{self.role}.{self.number}"

    def child(self, number: int) -> "Place":
        """The place of a part of the multipart that stands here."""
        section = f"{self.section}.{number}" if self.section else str(number)
        return Place(section, self.depth + 1, self.role)

    def inside(self, section: str) -> "Place":
        """The place of the message that is the content here."""
        return Place(section, self.depth + 1, self.role)

    def as_role(self, role: PartRole) -> "Place":
        """The same place in another role."""
        return self if role is self.role else Place(self.section, self.depth, role)

    def margin(self, name: str) -> str:
        """Path of the preamble or epilogue of the multipart here."""
        return f"{name}.{self.section}" if self.section else name

    def header(self, name: str = "") -> str:
        """Path of a header field here, or of the header as a whole."""
        path = f"header.{self.section}" if self.section else "header"
        return f"{path}.{name}" if name else path
