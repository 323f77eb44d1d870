"""Make a draft: the text of its kind in its language, filled with the facts of a breach."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailguard.core.settings import Settings
from mailguard.incidents.breaches.breach import BreachFacts
from mailguard.incidents.drafts.kinds import DraftKind, read_language
from mailguard.incidents.drafts.marks import Line, Run, runs_of
from mailguard.incidents.drafts.tables import FILLED_BY, LISTS, TABLES
from mailguard.incidents.drafts.values import Value, values_of
from mailguard.incidents.drafts.wording import Wording, fill, load_wording


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or paragraph (`lines` has one), a list, or a table of labels with their lines."""

    kind: Literal["heading", "paragraph", "list", "table"]
    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[str, tuple[Line, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """What a person has to fill in."""

    field: str
    what: str
    """In the draft's language, as it stands in the text."""

    @property
    def filled_by(self) -> str:
        """The fact of the register, or the key of the configuration, that fills it."""
        return FILLED_BY.get(self.field, self.field)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person reads over, completes, and sends themselves: we send none of it."""

    breach_id: str
    kind: DraftKind
    language: str
    subject: str
    blocks: tuple[Block, ...]
    gaps: tuple[Gap, ...]
    """Each once, in the order of the text."""
    written: tuple[str, ...]
    """Facts that stand in the words, and the language, of whoever wrote them down."""


def make_draft(
    breach_id: str, facts: BreachFacts, kind: DraftKind, language: str, settings: Settings, now: datetime
) -> Draft:
    """The draft as the facts stand now. Raises InputError for a language that there is not."""
    wording = load_wording(read_language(language))
    values = values_of(breach_id, facts, kind, wording, settings, now)
    head, _, body = wording.texts[kind].partition("\n\n")
    subject = _line(fill(head.removeprefix("Subject:"), values), wording)
    blocks = tuple(block for piece in body.split("\n\n") if (block := _block(piece.strip(), values, wording)))
    runs = [*subject, *(run for block in blocks for run in _runs(block))]
    gaps = {run.field: Gap(run.field, str(wording.words["gaps"][run.field])) for run in runs if run.kind == "gap"}
    return Draft(
        breach_id=breach_id,
        kind=kind,
        language=language,
        subject="".join(run.text for run in subject),
        blocks=blocks,
        gaps=tuple(gaps.values()),
        written=tuple(dict.fromkeys(run.field for run in runs if run.kind == "written")),
    )


def _block(piece: str, values: dict[str, Value], wording: Wording) -> Block | None:
    if piece.startswith("# "):
        return Block("heading", lines=(_line(piece[2:], wording),))
    if piece.startswith("- "):
        items = (item.removeprefix("- ") for item in piece.splitlines())
        return Block("list", lines=tuple(_line(fill(item, values), wording) for item in items))
    if piece.startswith("["):
        return _insert(piece[1:-1], values, wording)
    shown = {name: value if value is not None else "" for name, value in values.items()}
    text = fill(piece, shown)
    return Block("paragraph", lines=(_line(text, wording),)) if text else None


def _insert(name: str, values: dict[str, Value], wording: Wording) -> Block | None:
    if name in LISTS:
        items = _lines(values[name], wording)
        return Block("list", lines=items) if items else None
    rows = ((wording.label(label), _lines(values[value], wording)) for label, value in TABLES[name])
    return Block("table", rows=tuple((label, lines) for label, lines in rows if lines))


def _lines(value: Value, wording: Wording) -> tuple[Line, ...]:
    texts = (value,) if isinstance(value, str) else value or ()
    return tuple(_line(text, wording) for text in texts)


def _line(text: str, wording: Wording) -> Line:
    return runs_of(text.strip(), str(wording.words["gap"]), wording.words["gaps"])


def _runs(block: Block) -> Iterator[Run]:
    lines = (*block.lines, *(line for _, lines in block.rows for line in lines))
    return (run for line in lines for run in line)
