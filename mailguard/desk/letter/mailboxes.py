"""Whom the letter's own lines name, held against the envelope: the two need not agree (RFC 5321, section 3.6.2)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailguard.core.address import canonical, find_addresses

_LONGEST = 20_000
_MOST = 200
_WITH_NAME = re.compile(r"([^<>]*)<([^<>]*)>[^<>]*")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox of a header field."""

    field: str
    """`From`, `To`, `Cc`, ..."""
    name: str
    """Display name as mail programs show it; empty where there is none."""
    address: str

    @property
    def pretended(self) -> str | None:
        """Another address that stands in the name: many mail programs show the name alone."""
        others = (found for found in find_addresses(self.name) if canonical(found) != canonical(self.address))
        return next(others, None)


@dataclass(frozen=True, slots=True)
class Named:
    """What the letter says of the envelope's recipients, and of others."""

    fields: dict[str, tuple[Mailbox, ...]]
    """By the recipient's address: where it is named; nowhere is a blind copy."""
    strangers: tuple[Mailbox, ...]
    """Named in the letter, and the letter does not go there."""
    senders: tuple[Mailbox, ...]
    pretending: tuple[Mailbox, ...]
    """Those whose name holds another address."""
    more_strangers: int = 0


def read_mailboxes(field: str, text: str) -> tuple[Mailbox, ...]:
    """The mailboxes of a header field that is decoded already; the first two hundred.

    No RFC 5322 parser (see `core.address.find_addresses`): a name that was decoded may hold commas, quotes and
    brackets that stood in an encoded word, so every piece without an address belongs to the one behind it.
    """
    found: list[Mailbox] = []
    pending = ""
    for piece in _pieces(text[:_LONGEST]):
        pending = f"{pending}, {piece}" if pending else piece
        if "@" not in piece:
            continue
        if mailbox := _read_one(field, pending):
            found.append(mailbox)
            pending = ""
        if len(found) == _MOST:
            break
    return tuple(found)


def compare_envelope(
    recipients: Iterable[str], reverse_path: str, headers: Sequence[tuple[str, str]], most: int = 20
) -> Named:
    """The mailboxes of `headers` (name and text, masked) beside the envelope."""
    boxes = [box for name, text in headers for box in read_mailboxes(name, text)]
    named = [box for box in boxes if box.field in {"To", "Cc", "Bcc"}]
    wanted = list(recipients)
    by_key: dict[str, list[Mailbox]] = {}
    for box in named:
        by_key.setdefault(canonical(box.address), []).append(box)
    keys = {canonical(address) for address in wanted}
    strangers = [box for box in named if canonical(box.address) not in keys]
    return Named(
        fields={address: tuple(by_key.get(canonical(address), ())) for address in wanted},
        strangers=tuple(strangers[:most]),
        senders=tuple(
            box
            for box in boxes
            if box.field in {"From", "Sender", "Reply-To"} and canonical(box.address) != canonical(reverse_path)
        )[:most],
        pretending=tuple(box for box in boxes if box.pretended)[:most],
        more_strangers=max(0, len(strangers) - most),
    )


def _read_one(field: str, text: str) -> Mailbox | None:
    match = _WITH_NAME.fullmatch(text)
    if match and "@" in match[2]:
        return Mailbox(field, _unquoted(match[1].strip()), match[2].strip())
    addresses = find_addresses(text)
    return Mailbox(field, "", addresses[-1]) if addresses else None


def _unquoted(name: str) -> str:
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return " ".join(name.split())


def _pieces(text: str) -> Iterator[str]:
    """The text cut at commas and semicolons that stand in neither quotes nor angle brackets. Linear."""
    last_quote, last_bracket = text.rfind('"'), text.rfind(">")
    start, quoted, bracketed, escaped = 0, False, False, False
    for at, ch in enumerate(text):
        if escaped:
            escaped = False
        elif ch == "\\":
            escaped = quoted
        elif ch == '"' and not bracketed:
            # What opens and never closes is no quote: it would hide all that follows.
            quoted = not quoted and at < last_quote
        elif ch in "<>" and not quoted:
            bracketed = ch == "<" and at < last_bracket
        elif ch in ",;" and not quoted and not bracketed:
            yield text[start:at].strip()
            start = at + 1
    yield text[start:].strip()
