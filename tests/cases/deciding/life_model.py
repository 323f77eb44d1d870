"""Who may decide on what, told a second time and more simply than the program does: the measure of `test_life`."""

from dataclasses import dataclass, field
from datetime import datetime

from mailguard.core.address import canonical

DECIDING = {"supervisor", "admin"}
READING = {"auditor", "sender"}


@dataclass
class User:
    """A person."""

    name: str
    email: str
    role: str
    aliases: set[str] = field(default_factory=set)
    disabled: bool = False

    @property
    def addresses(self) -> set[str]:
        """Canonical."""
        return {canonical(address) for address in (self.email, *self.aliases)}


@dataclass
class Lent:
    """A delegation."""

    number: int
    giver: str
    deputy: str
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether it gives a right at that moment."""
        return self.starts_at <= at < self.ends_at and (self.revoked_at is None or at < self.revoked_at)

    def bound(self, since: datetime, until: datetime) -> bool:
        """Whether it gave one at any time between."""
        end = min(self.ends_at, self.revoked_at) if self.revoked_at else self.ends_at
        return max(self.starts_at, since) < end and self.starts_at <= until


@dataclass
class Word:
    """An approval that the program has taken."""

    who: str
    giver: str | None
    addresses: set[str]
    glass: bool
    undo_until: datetime | None = None


@dataclass
class Letter:
    """A held case."""

    held_at: datetime
    needed: int
    senders: set[str]
    """Users who were its sender when it was held."""
    identities: set[str]
    words: list[Word] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)
    """Who may get it, since its approvals were complete."""
    reviewed: bool = False


@dataclass
class Model:
    """Everybody and everything."""

    users: dict[str, User]
    lent: list[Lent] = field(default_factory=list)
    letters: dict[str, Letter] = field(default_factory=dict)

    def hold(self, case_id: str, sender: str, needed: int, at: datetime) -> None:
        """A letter of that address is held."""
        senders = {u.name for u in self.users.values() if canonical(sender) in u.addresses}
        own = {address for name in senders for address in self.users[name].addresses}
        self.letters[case_id] = Letter(at, needed, senders, own | {canonical(sender)})

    def is_sender(self, letter: Letter, name: str) -> bool:
        """Whether the letter is the user's own."""
        return name in letter.senders or bool(self.users[name].addresses & letter.identities)

    def is_beside(self, letter: Letter, name: str, at: datetime) -> bool:
        """Or that of somebody whose deputy or principal they were."""
        if self.is_sender(letter, name):
            return True
        return any(
            name in (one.giver, one.deputy)
            and one.bound(letter.held_at, at)
            and (self.is_sender(letter, one.giver) or self.is_sender(letter, one.deputy))
            for one in self.lent
        )

    def rights(self, letter: Letter, name: str, at: datetime) -> list[str | None]:
        """In whose place the user may decide; None: in their own."""
        user = self.users[name]
        if user.disabled or user.role in READING or self.is_beside(letter, name, at):
            return []
        own: list[str | None] = [None] if user.role in DECIDING else []
        return own + [
            one.giver
            for one in self.lent
            if one.deputy == name
            and one.in_force(at)
            and not self.users[one.giver].disabled
            and self.users[one.giver].role in DECIDING
            and not self.is_beside(letter, one.giver, at)
        ]

    def people(self, who: str, giver: str | None) -> set[str]:
        """Whose word it is, by mailbox: two logins of one address are one person."""
        return {canonical(self.users[name].email) for name in (who, giver) if name}

    def counts(self, letter: Letter, word: Word, at: datetime) -> bool:
        """Whether an approval is still one of somebody who may decide."""
        owner = self.users[word.giver or word.who]
        names = [name for name in (word.who, word.giver) if name]
        return (
            not any(self.users[name].disabled or self.is_beside(letter, name, at) for name in names)
            and self.users[word.who].role not in READING
            and (word.glass or owner.role in DECIDING)
        )

    def counting(self, letter: Letter, at: datetime) -> list[Word]:
        """Those approvals."""
        return [word for word in letter.words if self.counts(letter, word, at)]

    def is_new_voice(self, letter: Letter, who: str, giver: str | None, at: datetime) -> bool:
        """Whether an approval would be another person's than those before."""
        before = any(self.people(who, None) & self.people(word.who, None) for word in letter.words)
        shared = any(self.people(who, giver) & self.people(w.who, w.giver) for w in self.counting(letter, at))
        return not before and not shared

    def open_rights(self, letter: Letter, who: str, at: datetime) -> list[str | None]:
        """In whose place the user can still approve it."""
        return [giver for giver in self.rights(letter, who, at) if self.is_new_voice(letter, who, giver, at)]

    def undoable(self, letter: Letter, who: str, at: datetime) -> Word | None:
        """The approval that the user takes back: their own, else the last one."""
        found = [word for word in reversed(letter.words) if word.undo_until and at < word.undo_until]
        return next((word for word in found if word.who == who), found[0] if found else None)

    def may_break(self, letter: Letter, who: str, at: datetime) -> bool:
        """Whether the user may break the glass, and has to."""
        user = self.users[who]
        if user.disabled or user.role in READING or self.is_beside(letter, who, at):
            return False
        alone = not self.open_rights(letter, who, at)
        return alone or len(self.counting(letter, at)) + 1 < letter.needed
