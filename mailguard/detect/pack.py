"""Rule packs: YAML files, one block a rule, read and checked before anything is compiled."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from mailguard.core.errors import RulesError
from mailguard.core.finding import FindingKind
from mailguard.detect.allowed import SHORTEST, fold_value
from mailguard.detect.definitions import collect

NOT_RULES = frozenset({"policy.yaml", "identifiers.yaml"})
"""Files of the rules folder that belong to other rooms."""

T = TypeVar("T", bound=BaseModel)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: the packs take 0.05 s to read instead of 0.3."""

ValueClass = Literal["secret", "digits", "code", "key", "phrase", "pair", "document", "date"]


class Block(BaseModel):
    """A block of a pack; a misspelt key is an error, since a rule that is silently weaker holds nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sign(Block):
    """What speaks for a value or against it: all patterns that it gives must be met."""

    near: str = ""
    """Folded pattern, anywhere within `reach` characters or in the subject of a short letter."""
    before: str = ""
    """Folded pattern, directly before the value."""
    after: str = ""
    """Folded pattern, directly after the value."""
    score: float

    @model_validator(mode="after")
    def _asks_something(self) -> "Sign":
        if not (self.near or self.before or self.after):
            raise ValueError("give `near`, `before` or `after`")
        return self


class Rule(Block):
    """One rule: what it looks for, how sure it must be, and examples that are run whenever it is loaded."""

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")
    kind: FindingKind
    description: str = ""
    languages: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    """Literals, folded; the rule is tried only on a text that holds one of them."""
    anywhere: bool = False
    """For a pattern that has no literal in it: try it on every text."""
    enabled: bool = True

    labels: tuple[str, ...] = ()
    """Label forms in the small language of labels.py."""
    value: ValueClass = "secret"
    digits: tuple[int, int] = (4, 8)
    """Fewest and most digits of a numeric value."""
    hold_at: float = 4
    scores: dict[str, float] = {}
    """Weights of this rule that differ from those of the grammar."""
    before_not: tuple[str, ...] = ()
    """Folded patterns; the label is none where one of them stands directly before it, or begins it."""
    after_not: tuple[str, ...] = ()
    """The same, directly after the value."""
    near: tuple[str, ...] = ()
    """Folded patterns, one of which must stand within `reach` characters."""
    not_near: tuple[str, ...] = ()
    reach: int = Field(90, ge=1, le=400)
    signs: tuple[Sign, ...] = ()
    """With a `pattern`: a value holds when the scores of the signs around it reach `hold_at` (see circumstances.py)."""
    learned: str = ""
    """With a `pattern`: a file of weights beside the pack, instead of signs (see learned.py)."""
    beside: bool = False
    """One of the signs that are met must speak for the value and stand directly before or after it."""
    overlapping: bool = False
    """With a `pattern`: where a value does not count, another may begin within it."""
    longest: int = Field(0, ge=0)
    """With a `pattern`: parts of more characters are not looked through; 0 for parts of any length."""
    not_remarks: bool = False
    """With a `pattern`: words that say something about a secret (`not_value`) are no value."""

    pattern: str = ""
    """Folded RE2 pattern, or a list of alternatives; its group `value`, or the whole match, is the value."""
    exact: str = ""
    """Case-sensitive pattern that the value must match as it was written."""
    check: str = ""
    """Name of a validator (see checks.py)."""

    match: tuple[str, ...] = ()
    nomatch: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> "Rule":
        if not self.labels and not self.pattern:
            raise ValueError("give `labels` or a `pattern`")
        if self.signs and not self.pattern:
            raise ValueError("give a `pattern` with `signs`")
        if self.learned and (self.signs or not self.pattern):
            raise ValueError("give a `pattern`, and no `signs`, with `learned`")
        if (self.overlapping or self.not_remarks or self.longest) and not self.pattern:
            raise ValueError("give a `pattern` with `overlapping`, `not_remarks` or `longest`")
        if self.beside and not self.signs:
            raise ValueError("give `signs` with `beside`")
        if not self.keywords and not (self.anywhere and self.pattern):
            raise ValueError("give `keywords`, or `anywhere: true` with a `pattern`")
        if self.enabled and not self.match:
            raise ValueError("give at least one example under `match`")
        return self


class Words(Block):
    """Function words of one language, folded; entries are RE2 patterns."""

    endings: str = ""
    """Inflectional endings that a label may take, as one alternation."""
    copula: tuple[str, ...] = ()
    weak_copula: tuple[str, ...] = ()
    """Prepositions of change: set *to*, geändert *auf*."""
    filler: tuple[str, ...] = ()
    """What may stand between the copula and the value: now, still, as follows."""
    anaphora: tuple[str, ...] = ()
    """`it is`, pointing back at a label."""
    naming: tuple[str, ...] = ()
    """What stands between a value and its label: as, als, jako."""
    lead: tuple[str, ...] = ()
    """Words before a label that announce its value: your, new, temporary, changed, use."""
    negation: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    """Labels of user names and accounts."""
    not_value: tuple[str, ...] = ()
    """Words that follow a label without being its value; plain words separated by spaces."""
    not_value_endings: tuple[str, ...] = ()
    several: tuple[str, ...] = ()
    """Ends of labels that speak of many secrets: passwords."""
    function: tuple[str, ...] = ()
    """Words that make a run of words a sentence rather than a passphrase."""
    spoken: tuple[str, ...] = ()
    """The words for the digits, from nought to nine."""


class Shared(Block):
    """Grammar of all languages: weights, words and signs that belong to none."""

    weights: dict[str, float] = {}
    not_value: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    """Passwords so common that they are recognised as such."""
    names: tuple[str, ...] = ()
    """Products, standards and formats that look like a password (`sha256`, `office365`)."""
    places: tuple[str, ...] = ()
    """Words before a number that make it a room, a year or an hour."""
    units: tuple[str, ...] = ()
    one_language_copula: tuple[str, ...] = ()
    """Copulas that are prepositions in another language; rules of several languages do without them."""
    meant_for: tuple[str, ...] = ()
    """Prepositions between a secret's label and the name of what it opens."""
    ledger: tuple[str, ...] = ()
    """Labels of user names that name an account in a bank or in the books as well."""
    settings: tuple[str, ...] = ()
    """First parts of the name of a setting that says something of secrets: `MIN_PASSWORD`, `show-pin`."""
    conference: tuple[str, ...] = ()
    """Signs of a conference invitation, whose codes are not held."""
    customer_number: tuple[str, ...] = ()
    """Labels of customer numbers."""
    conference_numbers: tuple[str, ...] = ()
    """Signs of a telephone conference, near which codes of digits are not held."""
    voicemail: tuple[str, ...] = ()
    """Signs of a voicemail, whose PIN is held though its number is to be dialled like that of a conference."""
    told: dict[str, tuple[str, ...]] = {}
    """What a letter may tell, by name. A pattern with a group of that name finds it only in a letter that tells it."""


class Pack(Block):
    """One file."""

    language: str = ""
    definitions: dict[str, Any] = {}
    """Named pieces of patterns, in place before the rules are read (see definitions.py)."""
    words: Words = Words()
    shared: Shared = Shared()
    allow: tuple[str, ...] = ()
    """Values that never count, such as the company's own accounts; spaces, hyphens, dots and case do not matter."""
    rules: tuple[Rule, ...] = ()

    @field_validator("allow")
    @classmethod
    def _is_long_enough(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(fold_value(entry)) < SHORTEST for entry in entries):
            raise ValueError(f"give values of at least {SHORTEST} letters or digits")
        return entries


class Packs(BaseModel):
    """Everything that was read: the last rule of an id wins, words and weights add up."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    rules: dict[str, tuple[Path, Rule]] = {}
    words: dict[str, Words] = {}
    shared: Shared = Shared()
    allow: tuple[str, ...] = ()


def read_packs(folders: Sequence[Path]) -> Packs:
    """Read all packs of the folders, in order. Raises RulesError with file, key and mend."""
    packs = Packs()
    contents = {file: _load(file) for folder in folders for file in _files_of(folder)}
    definitions = collect(contents)
    for file, content in contents.items():
        _add(packs, file, _validate(file, definitions.expand(file, content)))
    if not packs.rules:
        raise RulesError(folders[0] if folders else None, "rules", "no rule found in the rules folder")
    return packs


def _files_of(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise RulesError(folder, "(folder)", "no such folder of rules")
    for file in sorted(folder.rglob("*.y*ml")):
        top = file.relative_to(folder).parts[0]
        if file.suffix in {".yaml", ".yml"} and top not in NOT_RULES and top != "wording":
            yield file


def _load(file: Path) -> Any:
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - safe ones only
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(file, "(file)", f"cannot be read: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "(syntax)"
        raise RulesError(file, place, f"is no valid YAML: {getattr(error, 'problem', error)}") from None


def _validate(file: Path, content: Any) -> Pack:
    try:
        return Pack.model_validate(content or {})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RulesError(file, _place(content, first["loc"]), first["msg"].removeprefix("Value error, ")) from None


def _place(content: Any, loc: tuple[int | str, ...]) -> str:
    """The key of an error, with the rule's id instead of its number."""
    steps = [str(step) for step in loc]
    if len(loc) > 1 and loc[0] == "rules" and isinstance(loc[1], int):
        rule = content["rules"][loc[1]]
        if isinstance(rule, dict) and rule.get("id"):
            steps[1] = str(rule["id"])
    return ".".join(steps) or "(file)"


def _add(packs: Packs, file: Path, pack: Pack) -> None:
    seen: set[str] = set()
    for rule in pack.rules:
        if rule.id in seen:
            raise RulesError(file, rule.id, "is given twice in this file; give each rule its own id")
        seen.add(rule.id)
        languages = rule.languages or ((pack.language,) if pack.language else ())
        learned = str(file.parent / rule.learned) if rule.learned else ""
        packs.rules[rule.id] = (file, rule.model_copy(update={"languages": languages, "learned": learned}))
    if pack.language:
        packs.words[pack.language] = _merge(packs.words.get(pack.language, Words()), pack.words)
    packs.shared = _merge(packs.shared, pack.shared)
    packs.allow += pack.allow


def _merge(old: T, new: T) -> T:
    merged: dict[str, Any] = {}
    for key in type(old).model_fields:
        before, after = getattr(old, key), getattr(new, key)
        if isinstance(before, dict):
            merged[key] = {**before, **after}
        elif isinstance(before, tuple):
            merged[key] = before + after
        else:
            merged[key] = after or before
    return type(old).model_validate(merged)
