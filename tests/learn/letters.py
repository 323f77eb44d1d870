"""Letters to learn from: our cases, snippets with their secrets marked, examples of rules, and plain text."""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.pack import Rule
from mailguard.message.read import read_letter
from tests.detect.prose import SENTENCES, sentences
from tests.evaluate.cases import letter_of, own_cases, plain_letter
from tests.namesake.generated.letters import letters_about
from tests.namesake.generated.people import make_people
from tests.namesake.hard.case import write_message

SNIPPETS = Path(__file__).parent / "snippets"
"""One a line, `\\n` for a line break; `plain` holds whole letters that tell nothing."""
CUSTOMERS = 150
"""To each of them goes a letter of every shape (`tests/namesake/generated`)."""
MARKED = re.compile("⟦(.*?)⟧")
SUBJECT, BODY = "subject", "body.1"
_SUBJECT = re.compile(r"Subject: .*?(?:\\n)+")

Span = tuple[str, int, int]
"""Path of a part, and where a secret stands in it."""


class Labelled(NamedTuple):
    """A letter, and where its secrets are; None where the written rules are to say it."""

    letter: Letter
    secrets: Sequence[Span] | None
    tells: bool
    """It tells a secret. Where none is known to the rules either, nothing can be learned from it."""


def labelled_letters(rules: Iterable[Rule]) -> Iterator[Labelled]:
    """All of them, in the same order every time."""
    return chain(cases(), snippets(), to_customers(), examples(rules), prose(), documents())


def cases() -> Iterator[Labelled]:
    """Our own, but those that are kept back."""
    for case in own_cases():
        if not case.kept:
            yield Labelled(letter_of(case), None if case.hold else (), case.hold)


def snippets() -> Iterator[Labelled]:
    """Each alone, and in the midst of a letter: that a letter has a greeting is no sign that it tells nothing."""
    chance = random.Random(7)
    hosts: dict[str, list[str]] = defaultdict(list)
    for file in sorted(SNIPPETS.glob("plain/*.txt")):
        hosts[file.stem[:2]] += _lines_of(file)
    for line in chain.from_iterable(hosts.values()):
        yield read_snippet(line)
    for file in sorted(SNIPPETS.glob("*.txt")):
        for line in _lines_of(file):
            yield read_snippet(line)
            yield read_snippet(embed(line, chance.choice(hosts[file.stem[:2]])))


def read_snippet(line: str) -> Labelled:
    """A letter, and where its secrets stand; `Subject: ` begins its subject."""
    subject, body = _split(line)
    secrets: list[Span] = []
    parts = []
    for path, role, marked in (
        (SUBJECT, PartRole.SUBJECT, subject.removeprefix("Subject: ")),
        (BODY, PartRole.BODY, body),
    ):
        text, spans = unmark(marked.replace("\\n", "\n").strip())
        secrets += [(path, *span) for span in spans]
        parts.append(Part(path, role, text))
    return Labelled(Letter("", "", (), tuple(parts)), secrets, bool(secrets))


def unmark(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """A text without its marks, and the spans that they were around."""
    text, spans, at = "", [], 0
    for secret in MARKED.finditer(marked):
        text += marked[at : secret.start()]
        spans.append((len(text), len(text) + len(secret[1])))
        text += secret[1]
        at = secret.end()
    return text + marked[at:], spans


def embed(snippet: str, letter: str) -> str:
    """The snippet as a paragraph of its own behind the letter's first, below the snippet's own subject."""
    subject, body = _split(snippet)
    first, _, rest = _split(letter)[1].partition("\\n\\n")
    return f"{subject}{first}\\n\\n{body}\\n\\n{rest}"


def _split(snippet: str) -> tuple[str, str]:
    """The line of the subject, with the line breaks behind it, and the rest."""
    subject = _SUBJECT.match(snippet)
    return (subject[0], snippet[subject.end() :]) if subject else ("", snippet)


def to_customers() -> Iterator[Labelled]:
    """Letters about made-up customers, full of their numbers and names: they tell no secret."""
    rows = list(make_people(CUSTOMERS, seed=5))
    chance = random.Random(5)
    for row in rows:
        for made in letters_about(row, chance.sample(rows, 15), chance):
            if "attach" not in made.fields:
                yield Labelled(read_letter(write_message(made.fields, row["emails"])), (), False)


def examples(rules: Iterable[Rule]) -> Iterator[Labelled]:
    """What rules find, and what only looks like it."""
    for rule in rules:
        for texts, tells in ((rule.match, True), (rule.nomatch, False)):
            for text in texts:
                yield Labelled(plain_letter(text), None, tells)


def prose() -> Iterator[Labelled]:
    """Sentences that tell nothing, alone and a few together."""
    for language in SENTENCES:
        lines = list(sentences(language))
        for text in lines:
            yield Labelled(plain_letter(text), (), False)
        for start in range(0, len(lines), 3):
            text = " ".join(lines[start::7][:6]) + "\n" + "\n".join(lines[start::5][:6])
            yield Labelled(plain_letter(text), (), False)


def documents() -> Iterator[Labelled]:
    """Pieces of what the programs that are installed here say of themselves: they speak of keys and codes, and tell
    none."""
    for distribution in sorted(distributions(), key=lambda each: each.metadata["Name"]):
        texts = [distribution.read_text("METADATA") or ""]
        for file in distribution.files or ():
            path = Path(file.locate())
            if path.suffix in {".md", ".rst", ".txt"} and path.is_file():
                texts.append(path.read_bytes().decode(errors="replace"))
        for text in texts:
            for start in range(0, min(len(text), 30_000), 3000):
                yield Labelled(plain_letter(text[start : start + 3000]), (), False)


def _lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()
