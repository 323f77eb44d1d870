"""The policy table of `rules/policy.yaml`: content and relation in, verdict and reason code out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from mailguard.core.errors import RulesError
from mailguard.core.relation import RelationKind
from mailguard.core.rule_file import read_rule_file
from mailguard.core.verdict import ReasonCode, Verdict

E = TypeVar("E", bound=StrEnum)

_FILE = "policy.yaml"
_KEYS = frozenset({"bulk_people", "table", "examples"})
_ROW_KEYS = {"content", "relation", "automatic", "verdict", "reason", "approvals"}
_MOST_APPROVALS = 2


class Content(StrEnum):
    """What a letter carries, as the table sees it; worst first, which is the order of the reasons."""

    CREDENTIAL = "credential"
    BULK_INSIDE = "bulk_inside"
    BULK = "bulk"
    PAYMENT_CARD = "payment_card"
    PERSONAL_DATA = "personal_data"
    ONE_TIME_CODE = "one_time_code"
    PROTECTED_ADDRESS = "protected_address"
    PROTECTED_CUSTOMER = "protected_customer"
    IDENTITY_CONFLICT = "identity_conflict"
    SENSITIVE = "sensitive"
    STALE_REGISTER = "stale_register"
    ANYTHING = "anything"
    UNREADABLE = "unreadable"
    ENCRYPTED = "encrypted"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    content: Content
    relations: frozenset[RelationKind]
    verdict: Verdict
    reason: ReasonCode | None = None
    automatic: bool | None = None
    approvals: int = 1
    """How many second persons must approve what this line holds."""

    def fits(self, content: Content, relation: RelationKind, automatic: bool) -> bool:
        """Whether the line speaks of that."""
        return content is self.content and relation in self.relations and self.automatic in (None, automatic)


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """The lines, and the limits beside them."""

    rows: tuple[Row, ...]
    bulk_outside: int
    bulk_inside: int
    _decided: dict[tuple[Content, RelationKind, bool], Row] = field(default_factory=dict, compare=False, repr=False)
    """Which line answered what: some hundred questions can be asked."""

    @classmethod
    def load(cls, folders: Sequence[Path]) -> "PolicyTable":
        """Read the last folder's `policy.yaml`. Raises RulesError for a gap, a mistake or a failing example."""
        files = [folder / _FILE for folder in folders if (folder / _FILE).is_file()]
        if not files:
            raise RulesError(Path(folders[-1]) / _FILE if folders else None, "(file)", "is missing")
        return cls.read(files[-1])

    @classmethod
    def read(cls, file: Path) -> "PolicyTable":
        """Read one file, whatever it is called. Raises RulesError as `load` does."""
        content = read_rule_file(file, _KEYS, "write the keys bulk_people, table and examples")
        limits = content.get("bulk_people")
        if not isinstance(limits, dict) or not all(_is_limit(limits.get(side)) for side in ("outside", "inside")):
            raise RulesError(file, "bulk_people", "write {outside: 3, inside: 50}: whole numbers from 1")
        rows = tuple(_row(file, number, row) for number, row in enumerate(_list(file, content, "table")))
        table = cls(rows, limits["outside"], limits["inside"])
        table._has_no_gap(file)
        for number, example in enumerate(_list(file, content, "examples")):
            table._prove(file, number, example)
        return table

    def decide(self, content: Content, relation: RelationKind, *, automatic: bool) -> Row:
        """The first line that fits; where none does, the letter is held."""
        asked = content, relation, automatic
        row = self._decided.get(asked)
        if row is None:
            row = self._decided[asked] = self._first(*asked)
        return row

    def _first(self, content: Content, relation: RelationKind, automatic: bool) -> Row:
        for row in self.rows:
            if row.fits(content, relation, automatic):
                return row
        return Row(content, frozenset({relation}), Verdict.HOLD, ReasonCode.UNREADABLE)

    def _has_no_gap(self, file: Path) -> None:
        for content in Content:
            for relation in RelationKind:
                for automatic in (False, True):
                    if not any(row.fits(content, relation, automatic) for row in self.rows):
                        raise RulesError(file, "table", f"no line for content {content} and relation {relation}")

    def _prove(self, file: Path, number: int, example: Any) -> None:
        key = f"examples[{number}]"
        if not isinstance(example, dict):
            raise RulesError(file, key, "write {contents: [...], relation: ..., verdict: ..., reasons: [...]}")
        contents = [_enum(file, key, Content, name) for name in _list(file, example, "contents")]
        relation = _enum(file, key, RelationKind, example.get("relation"))
        rows = [
            self.decide(content, relation, automatic=bool(example.get("automatic", False)))
            for content in {*contents, Content.ANYTHING}
        ]
        verdict = max((row.verdict for row in rows), key=lambda verdict: verdict.rank)
        reasons = {row.reason.value for row in rows if row.reason}
        wanted = set(_list(file, example, "reasons"))
        if verdict.value != example.get("verdict") or reasons != wanted:
            raise RulesError(file, key, f"the table gives {verdict} with {sorted(reasons) or 'no reason'}")
        approvals = max(row.approvals for row in rows)
        if approvals != example.get("approvals", 1):
            raise RulesError(file, key, f"the table asks for {approvals} approvals")


def _row(file: Path, number: int, row: Any) -> Row:
    key = f"table[{number}]"
    if not isinstance(row, dict) or set(row) - _ROW_KEYS:
        raise RulesError(file, key, f"write a line with {', '.join(sorted(_ROW_KEYS))}")
    relations = row.get("relation")
    names: Iterable[Any] = relations if isinstance(relations, list) else [relations]
    kinds = (
        RelationKind if relations == "any" else [_enum(file, f"{key}.relation", RelationKind, name) for name in names]
    )
    verdict = _enum(file, f"{key}.verdict", Verdict, row.get("verdict"))
    reason = _enum(file, f"{key}.reason", ReasonCode, row["reason"]) if "reason" in row else None
    if (verdict is Verdict.PASS) != (reason is None):
        raise RulesError(file, f"{key}.reason", "a held or rejected line needs a reason, a passing one has none")
    content = _enum(file, f"{key}.content", Content, row.get("content"))
    approvals = row.get("approvals", 1)
    if not _is_limit(approvals) or approvals > _MOST_APPROVALS or (approvals > 1 and verdict is not Verdict.HOLD):
        raise RulesError(
            file, f"{key}.approvals", f"write 1 or {_MOST_APPROVALS}, and {_MOST_APPROVALS} with hold only"
        )
    return Row(content, frozenset(kinds), verdict, reason, row.get("automatic"), approvals)


def _enum(file: Path, key: str, kind: type[E], name: Any) -> E:
    try:
        return kind(name)
    except ValueError:
        raise RulesError(file, key, f"{name} is not known; write one of {', '.join(kind)}") from None


def _is_limit(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _list(file: Path, content: dict[str, Any], key: str) -> list[Any]:
    value = content.get(key, [])
    if not isinstance(value, list):
        raise RulesError(file, key, "write a list")
    return value
