"""One SMTP reply, kept so that it can be handed on word for word."""

import re
from dataclasses import dataclass

_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Answer:
    """Code and text lines of a reply (RFC 5321, section 4.2).

    Bytes that are no UTF-8 are kept as lone surrogates (`surrogateescape`), so `wire()` gives them back as they came.
    """

    code: int
    lines: tuple[str, ...]
    """The lines' texts without code, hyphen and line end; the enhanced status code is part of the text."""

    @classmethod
    def parse(cls, text: str) -> "Answer":
        """`"451 4.3.0 try again"` -> Answer. Raises ValueError when it does not begin with a three-digit code."""
        code, _, rest = text.partition(" ")
        if not (len(code) == 3 and code.isdigit()):
            raise ValueError(f"no SMTP reply: {text[:40]!r}")
        return cls(int(code), (rest,))

    @property
    def ok(self) -> bool:
        """2yz: done."""
        return 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        """4yz: try again later."""
        return 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        """5yz: do not try again."""
        return 500 <= self.code < 600

    @property
    def closes(self) -> bool:
        """421: who says this closes the connection (RFC 5321, section 3.8)."""
        return self.code == 421

    def wire(self) -> bytes:
        """The reply as it goes over the wire, the last line end included.

        Control characters become spaces: a bare CR in a server's reply would be taken for a line end by some client.
        """
        if len(self.lines) == 1 and self.lines[0].isprintable():
            return f"{self.code} {self.lines[0]}\r\n".encode()
        lines = [_CONTROL.sub(" ", line) for line in self.lines or ("",)]
        shown = [f"{self.code}-{line}" for line in lines[:-1]]
        shown.append(f"{self.code} {lines[-1]}")
        return "".join(f"{line}\r\n" for line in shown).encode("utf-8", "surrogateescape")

    def __str__(self) -> str:
        """On one line, printable, for logs and records."""
        text = " ".join(_CONTROL.sub(" ", line) for line in self.lines)
        return f"{self.code} {text}".strip().encode("utf-8", "replace").decode()
