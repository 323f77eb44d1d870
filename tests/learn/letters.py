"""Letters to learn from: our cases, snippets with their secrets marked, examples of rules, and plain text."""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from mailguard.core.part import Letter
from mailguard.detect.pack import Rule
from tests.detect.prose import SENTENCES, sentences
from tests.evaluate.cases import letter_of, own_cases, plain_letter

SNIPPETS = Path(__file__).parent / "snippets"
"""One a line, `\\n` for a line break; `plain` holds whole letters that tell nothing."""
MARKED = re.compile("⟦(.*?)⟧")
BODY = "body.1"

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
    return chain(cases(), snippets(), examples(rules), prose(), documents())


def cases() -> Iterator[Labelled]:
    """Our own, but those that are kept back."""
    for case in own_cases():
        if not case.kept:
            yield Labelled(letter_of(case), None if case.hold else (), case.hold)


def snippets() -> Iterator[Labelled]:
    """Each alone, and in the midst of a letter: that a letter has a greeting is no sign that it tells nothing."""
    chance = random.Random(7)
    hosts = {file.stem[:2]: [] for file in sorted(SNIPPETS.glob("plain/*.txt"))}  # type: dict[str, list[str]]
    for file in sorted(SNIPPETS.glob("plain/*.txt")):
        hosts[file.stem[:2]] += _lines_of(file)
    for line in chain.from_iterable(hosts.values()):
        yield read_snippet(line)
    for file in sorted(SNIPPETS.glob("*.txt")):
        for line in _lines_of(file):
            yield read_snippet(line)
            yield read_snippet(embed(line, chance.choice(hosts[file.stem[:2]])))


def read_snippet(line: str) -> Labelled:
    """A letter of one body, and where its secrets stand."""
    text, spans, at = "", [], 0
    line = line.replace("\\n", "\n")
    for marked in MARKED.finditer(line):
        text += line[at : marked.start()]
        spans.append((BODY, len(text), len(text) + len(marked[1])))
        text += marked[1]
        at = marked.end()
    return Labelled(plain_letter(text + line[at:]), spans, bool(spans))


def embed(snippet: str, letter: str) -> str:
    """The snippet as a paragraph of its own behind the letter's first."""
    first, _, rest = letter.partition("\\n\\n")
    return f"{first}\\n\\n{snippet}\\n\\n{rest}"


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
