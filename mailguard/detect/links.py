"""How a label and its value hang together: the forms of the grammar, the same in every language.

The words in them (copulas, fillers) come from the packs. Each form looks at a bounded stretch of text after or before
the label, so the work for one label does not grow with the letter.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mailguard.detect.pack import Words
from mailguard.detect.pattern import any_of, compile_pattern
from mailguard.detect.values import LONGEST
from mailguard.detect.window import BACK, REACH, Window

LOOK = REACH + 128
"""Characters after a label in which it may lead to two values."""
_WORD = r"[a-z0-9~?'/&@#+\-]{1,30}(?:\.[a-z0-9~]{1,30}){0,4},?"
_GAP_WORDS = rf'(?:[ ]{{1,3}}(?:\([^()\n]{{1,60}}\)|\[[^\[\]\n]{{1,60}}\]|"[^"\n]{{1,40}}"|{_WORD}))'
_GAP, _WIDE_GAP = rf"(,?{_GAP_WORDS}{{0,8}}?)", rf"(,?{_GAP_WORDS}{{0,8}})"
_TICK = r"""["'*_)\]\\]{0,3}"""
_SEPARATOR = (
    r"(:{1,2}=?|={1,2}>?|-{1,2}>|[ ]?\.{2,}[ .]*|(?:[ ]\.){2,}[ .]*|[ ]?\t+|[ ]?\||[ ]{1,3}-{1,2}[ ]{1,3}|;|[ ]?>>?[ ])"
)
_BREAK = r"([ \t]*(?:\n[ \t>*|\-]{0,60}){0,5})"
_VALUE = r"""["'(]?([^\s"'(]{4,48})["']?"""


_SEPARATED = compile_pattern(rf"{_GAP}[ ]{{0,3}}{_TICK}[ ]{{0,40}}{_SEPARATOR}{_BREAK}")
_BELOW = compile_pattern(r"((?:[ ]{1,3}[a-z~'\-]{1,24}){0,5})[ ]{0,3}[.:]?[ \t]*(?:\n[ \t>*\-]{0,60}){1,6}")
_GAPPED = compile_pattern(r"((?:[ ]{1,3}[a-z~'\-]{1,24}){1,4})[ ]{1,3}['\"(]?[0-9]")
_HYPHENED = compile_pattern(rf"(?:^|[\s(:]){_VALUE}[ ]-\z")
"""These have no words in them: a window asks each once, for the grammars of all languages."""
_STACKED_BELOW = compile_pattern(r"[ ]?:?[ \t]*(?:\n[ \t>*]{0,12}){1,2}")
"""From a label that stands alone on its line to the line below."""
_ARGUMENT = compile_pattern(r"""['"][ ]{0,3},[ ]{0,3}['"]([^\s'"]{3,72})['"]""")
"""From the name of a setting to its value, as a program hands both to a function: `define('DB_PASSWORD', '...')`."""
_QUOTES = (b"'", b'"')
_LINE_STARTS = (b"\n", b" ", b"\t", b">", b"*")
_DIGIT = re.compile(rb"[0-9]")
_CLOCK = re.compile(rb"[0-9]:[0-9]")
"""The colon of a time of day (`14:30`) leads to no value."""
_ADJACENT = re.compile(rb"[ ]{1,3}|['\"(]")
_ALIGNED = re.compile(rb" {4,60}(?=[^ \n])")
"""From a label to a value that spaces put into a column of its own."""
_PARENTHESES = re.compile(rb"\([^()]*\)|\[[^\[\]]*\]")
_FOR_FILE = re.compile(rb"\b(?:for|to|of)(?: [a-z~\-]+){1,3} files?\b")
"""What a password is for, unlike a `password file`."""
_ELEMENT = compile_pattern(
    r"((?:[ ][^<>\n]{0,80})?>[ \t\r\n]{0,60}(?:<!\[cdata\[)?)[^\s<>]{3,72}[ \t\r\n]{0,60}(?:\]>|</)"
)
"""After the name of an XML element that holds one token."""
_ATTRIBUTE = compile_pattern(
    r"""((?:["'][^<>\n]{0,60}>|</[a-z]{1,12}>[ \t\r\n]{0,60}<[a-z]{1,12}>)[ \t\r\n]{0,60}(?:<!\[cdata\[)?)"""
    r"""[^\s<>]{3,72}[ \t\r\n]{0,60}(?:\]>|</)|(["'][ ][^<>\n]{0,60}?\bvalue[ ]?=[ ]?["'])[^\s"'<>]{3,72}["']"""
)
"""After an element's attribute or a key that names what the next value is; interfaces name their fields so too."""


class Link(NamedTuple):
    """One way in which a label may lead to a value."""

    form: str
    """Name of its weight: `separator`, `copula`, `adjacent`, `below`, `anaphora`, `naming` and so on."""
    at: int
    """Where the value begins."""
    gap: bytes = b""
    sign: bytes = b""
    broken: bool = False
    """A line break stands between label and value."""
    end: int | None = None
    """Where the value ends, when the form says so (values before their label)."""


_PREPOSITION = 4
"""Letters of the longest in these languages (`till`, `voor`): not `password reset for your account:`."""
_AND = frozenset(b"and or och eller ja tai seka i oraz lub en und oder sowie plus".split())
"""What stands between two labels of equal rank."""


class Grammar:
    """The forms with the words of some languages."""

    def __init__(
        self, words: Sequence[Words], places: Sequence[str] = (), no_copula: frozenset[str] = frozenset()
    ) -> None:
        def collect(name: str) -> str:
            entries = (entry for language in words for entry in getattr(language, name))
            return any_of(entry for entry in entries if name != "copula" or entry not in no_copula)

        copula = collect("copula")
        # The longer first: of `the same` and `the same as last time` RE2 takes the one that is named first.
        filler = any_of(sorted((entry for language in words for entry in language.filler), key=len, reverse=True))
        linked = rf"(?:[ ]{{1,3}}{copula}|'s)"
        fill = rf"(?:[ ]{{1,3}}{filler},?){{0,3}}"
        into = r"(?:[ ]?[:=\-]?[ \t]+|[ ]?:)"
        self._copular = compile_pattern(rf"{_GAP}{linked}{fill}(?:{into}|[ ]?:?(?:\n)){_BREAK}")
        strongly = (
            rf"{_WIDE_GAP}(?:[ ]{{0,3}}{_TICK}[ ]{{0,40}}{_SEPARATOR}"
            rf"|{linked}{fill}(?:{into}|[ ]?:?\n))"
        )
        self._leads_to_pair = compile_pattern(
            rf"{strongly}{_BREAK}[\"'(]?[^\s/|,;]{{2,60}}[\"']?[ ]{{0,3}}[/|,;]", captures=False
        )
        self._widely = compile_pattern(rf"{_WIDE_GAP}[ ]{{1,3}}{copula}{fill}(?:{into}|[ ]?:?(?:\n)){_BREAK}")
        weak = any_of(entry for language in words for entry in language.weak_copula)
        self._weakly = compile_pattern(rf"{_GAP}[ ]{{1,3}}{weak}{fill}{into}")
        anaphora = collect("anaphora")
        self._answered = compile_pattern(
            rf"([^?\n]{{0,80}}\?)[ \t]*(?:\n[ \t>*|\-]{{0,60}}){{1,4}}(?:{anaphora}{fill}(?:[ ]?:)?[ ]{{1,3}})?"
        )
        self._anaphoric = compile_pattern(
            rf"\b{anaphora}{fill}(?:(?:[ ]?:)?[ ]{{1,3}}|[ ]?:[ \t]*(?:\n[ \t>*]{{0,12}}){{1,3}})"
        )
        self._is_label = compile_pattern(
            rf"(?:^|[\s(:]){_VALUE}[ ]{{1,3}}{copula}(?:[ ]{{1,3}}[a-z~'\-]+){{0,3}}[ ]{{1,3}}\z"
        )
        self._digits_is = compile_pattern(
            rf"(?:^|[\s(:>])([0-9](?:[ \-]{{0,2}}[0-9]){{3,8}})[ ]{{1,3}}{copula}"
            r"(?:[ ]{1,3}[a-z~'\-]+){0,4}[ ]{1,3}\z"
        )
        self._naming = compile_pattern(
            rf"(?:^|[\s(:]){_VALUE},?[ ]{{1,3}}{collect('naming')}(?:[ ]{{1,3}}[a-z~'\-]+){{0,2}}[ ]{{1,3}}\z"
        )
        self._stacked = compile_pattern(
            rf"(?:\A|\n)[ \t>*]{{0,12}}(?:[a-z~\-]{{1,24}} )?{collect('account')}"
            r"[ ]?:?[ \t]*(?:\n[ \t>*]{0,12}){1,2}"
            r"([^\s:]{2,48})[ \t]*(?:\n[ \t>*]{0,12}){1,3}\z"
        )
        self._places = compile_pattern(rf"\b{any_of(places)}\b")
        self._negated = compile_pattern(rf"\b{collect('negation')}\b")
        self._account = compile_pattern(rf"\b{collect('account')}\b")
        led = r"[ ]{1,3}([a-z~]+)(?:[ ]{1,3}[a-z~\-]+)"
        self._for_account = compile_pattern(rf"{led}{{1,6}}[ ]{{1,3}}{collect('account')}")
        self._for_named = compile_pattern(rf"{led}{{0,5}}[ ]{{1,3}}{collect('account')}[ ]{{1,3}}[^\s]+")

    def after(self, window: Window) -> tuple[Link, ...]:
        """Links from the label to what follows it; the weaker forms only in a rich stretch of text."""
        return window.once(("after", self), lambda: tuple(self._after(window)))

    def leads_to_pair(self, plain: bytes, end: int) -> bool:
        """Whether a separator or copula leads from the label that ends at `end` to two values with a stroke or comma
        between them."""
        return self._leads_to_pair.match(plain, end, end + LOOK) is not None

    def before(self, window: Window) -> tuple[Link, ...]:
        """Links from the label to a value before it."""
        if not window.rich_before:
            return ()
        return window.once(("before", self), lambda: tuple(self._before(window)))

    def _after(self, window: Window) -> Iterator[Link]:
        plain, end = window.plain, window.end
        limit = min(len(plain), end + REACH)
        yield from self._strongly(window, end, limit)
        yield from window.once("laid out", lambda: tuple(_laid_out(plain, window.start, end, limit)))
        if plain[window.start - 1 : window.start] in _LINE_STARTS and plain.find(b"\n", end, end + 4) >= 0:
            yield from self._below_account(window)
        if plain[end : end + 1] in _QUOTES and (found := _ARGUMENT.match(plain, end, limit)):
            yield Link("argument", found.end() - len(found[1]) - 2)
        if window.rich_after:
            yield from self._loosely(window, end, limit)

    def _below_account(self, window: Window) -> Iterator[Link]:
        """Four lines on end: a label of user names, the name, a password's label, the password; a plain word too.

        Menus are stacked as well (`Account`, `Settings`, `Password`, `Privacy`), but with a capital in each line.
        """
        low = max(0, window.start - BACK)
        found = _STACKED_BELOW.match(window.plain, window.end)
        above = self._stacked.search(window.plain[low : window.start]) if found else None
        if found and above and not self._account.fullmatch(above[1]):
            start, end = above.span(1)
            name = window.text[low + start : low + end]
            if not (name.isalpha() and name[0].isupper()):
                yield Link("stacked", found.end())

    def _strongly(self, window: Window, end: int, limit: int) -> Iterator[Link]:
        """Links by a separator or copula."""
        plain = window.plain
        found = window.once("separated", lambda: _SEPARATED.match(plain, end, limit))
        if found and not (found[2] == b":" and _CLOCK.match(plain, found.start(2) - 1)):
            yield Link("separator", found.end(), found[1], found[2].strip(), b"\n" in found[3])
        found = self._copular.match(plain, end, limit)
        if found and not _is_genitive(plain, found.end(1), found.end()):
            tail = plain[found.end(1) : found.end()]
            yield Link("copula", found.end(), found[1], b"", b"\n" in tail)
            wider = self._widely.match(plain, end, limit)
            if wider and wider.end() != found.end():
                yield Link("copula", wider.end(), wider[1], b"", b"\n" in plain[wider.end(1) : wider.end()])

    def _loosely(self, window: Window, end: int, limit: int) -> Iterator[Link]:
        """The weaker links. Each pattern is asked only where the sign stands that it cannot be without."""
        plain = window.plain
        found = self._weakly.match(plain, end, limit)
        if found:
            yield Link("weak_copula", found.end(), found[1])
        line = plain.find(b"\n", end, limit)
        found = window.once("below", lambda: _BELOW.match(plain, end, limit)) if line >= 0 else None
        if found:
            yield Link("below", found.end(), found[1], b"", True)
        found = self._answered.match(plain, end, limit) if plain.find(b"?", end, line) >= 0 <= line else None
        if found:
            yield Link("answer", found.end(), found[1], b"", True)
        found = window.once("gapped", lambda: _DIGIT.search(plain, end, limit) and _GAPPED.match(plain, end, limit))
        if found and not self._places.search(found[1]):
            yield Link("gapped", found.end() - 1, found[1])
        if adjacent := _ADJACENT.match(plain, end, limit):
            yield Link("adjacent", adjacent.end())
        found = self._anaphoric.search(plain, end, min(limit, end + 140) if line < 0 else line)
        if found:
            yield Link("anaphora", found.end())

    def _before(self, window: Window) -> Iterator[Link]:
        plain, start = window.plain, window.start
        low = max(0, start - BACK, plain.rfind(b"\n", 0, start) + 1)
        stretch = plain[low:start]
        if len(stretch) < 5:
            return
        for form, found in (
            ("is_label", self._digits_is.search(stretch)),
            ("is_label", self._is_label.search(stretch)),
            ("naming", self._naming.search(stretch)),
            ("naming", window.once("hyphened", lambda: _HYPHENED.search(stretch))),
        ):
            if found:
                first, last = found.span(1)
                yield Link(form, low + first, end=low + last)

    def negates(self, gap: bytes) -> bool:
        """Whether words between label and value say that no value follows (not, expires, policy)."""
        return bool(gap) and bool(self._negated.search(_FOR_FILE.sub(b"", _PARENTHESES.sub(b"", gap))))

    def names_account(self, gap: bytes) -> bool:
        """Whether another label, that of a user name, stands in the gap."""
        return bool(gap) and bool(self._account.search(_PARENTHESES.sub(b"", gap)))

    def tells_of_account(self, link: "Link", named: bool) -> bool:
        """Whether it says what the secret is for: `password for your account is`, `password for user anna:`.

        Not `password and user: anna`. Behind `password for the user:` stands a name; but where the account is one that
        has no name of its own (not `named`), behind `PIN for your account:` the PIN.
        """
        found = self._for_named.fullmatch(link.gap)
        if found is None and (link.form == "copula" or not named):
            found = self._for_account.fullmatch(link.gap)
        return found is not None and found[1] not in _AND and (link.form == "copula" or len(found[1]) <= _PREPOSITION)


def _is_genitive(plain: bytes, copula: int, value: int) -> bool:
    """Whether the "'s" behind a label is no verb: "the password's bluebell22", but "the password's length"."""
    word = plain[value : value + LONGEST].split(None, 1)
    return plain[copula : copula + 2] == b"'s" and not (word and _DIGIT.search(word[0]))


def _laid_out(plain: bytes, start: int, end: int, limit: int) -> Iterator[Link]:
    """Links by a column of blanks, or by markup."""
    if aligned := _ALIGNED.match(plain, end):
        yield Link("aligned", aligned.end())
    yield from _in_markup(plain, start, end, limit)


def _in_markup(plain: bytes, start: int, end: int, limit: int) -> Iterator[Link]:
    """A label in a tag (`<password>`, `name="password"`) or in an element of its own (`<key>password</key>`)."""
    low = max(0, start - 80)
    in_tag = plain.rfind(b"<", low, start) > plain.rfind(b">", low, start)
    if not in_tag and not (plain[start - 1 : start] == b">" and plain[end : end + 2] == b"</"):
        return
    found = _ELEMENT.match(plain, end, limit) if in_tag else None
    if found:
        yield Link("element", found.end(1))
    found = _ATTRIBUTE.match(plain, end, limit)
    if found:
        yield Link("attribute", max(found.end(1), found.end(2)))
