"""Ids of cases that an index gives at once, however many cases there are."""

import re
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from mailguard.cases.filtering import CaseFilter, taken_cases
from mailguard.core.address import is_plain
from mailguard.core.words import words_in
from mailguard.store.tables.cases import CaseRow, CaseWordRow, RecipientRow

_MOST_RARE = 5_000
"""Cases with a word that are put in order; a word that more have is met often enough on the way through all."""
_CASE_ID = re.compile(r"MG-[0-9A-Z]{4}-[0-9A-Z]{4}")


def indexed_ids(session: Session, wanted: CaseFilter, now: datetime) -> tuple[CaseFilter, "list[SelectOfScalar[str]]"]:
    """Sets of ids that an index gives at once, and what is still to be asked of them."""
    few: list[SelectOfScalar[str]] = []
    if wanted.at_it is not None or wanted.taken:
        few.append(taken_cases(now, wanted.at_it))
    if _CASE_ID.fullmatch(wanted.query.upper()):
        few.append(select(CaseRow.id).where(CaseRow.id == wanted.query.upper()))
        wanted = replace(wanted, query="")
    if is_plain(wanted.recipient) and session.exec(received_by(wanted.recipient).limit(1)).first():
        few.append(received_by(wanted.recipient))
        wanted = replace(wanted, recipient="")
    return wanted, few


def rarest_word(session: Session, wanted: CaseFilter) -> "tuple[SelectOfScalar[str] | None, bool]":
    """The cases with the rarest of the words that are asked for, and whether there is one that no word begins with.

    None where all are frequent: such cases are soon met.
    """
    texts = [words_in(text) for text in (wanted.query, wanted.customer, wanted.sender, wanted.recipient)]
    begins = [word for words in texts for word in words]
    begins += [f"rule:{wanted.rule.casefold()}"] if wanted.rule else []
    begins += [f"reason:{wanted.reason.value}"] if wanted.reason else []
    counts: dict[str, int] = {}
    for begin in begins:
        # In the index's order: PostgreSQL would read through the table for a frequent word, to its end for a new one.
        in_order = _with_word(begin).order_by(col(CaseWordRow.word), col(CaseWordRow.case_id))
        some = in_order.limit(_MOST_RARE + 1).subquery()
        counts[begin] = session.exec(select(func.count()).select_from(some)).one()
    # The first word of a text may be the end of a longer one; rules and reasons, and all other words, are never.
    first = {words[0] for words in texts if words}
    sure_none = [begin for begin in begins if not counts[begin] and begin not in first]
    few = sorted((b for b in begins if 0 < counts[b] <= _MOST_RARE), key=lambda b: (b in first, counts[b]))
    rare = sure_none or few
    if rare:
        return _with_word(rare[0]).distinct(), False
    return None, any(not count for count in counts.values())


def received_by(address: str) -> "SelectOfScalar[str]":
    """Of the cases that have the address among their recipients."""
    return select(RecipientRow.case_id).where(col(RecipientRow.address).in_(spellings(address))).distinct()


def sent_by(address: str) -> "SelectOfScalar[str]":
    """Of the cases whose envelope sender it is."""
    return select(CaseRow.id).where(col(CaseRow.reverse_path).in_(spellings(address)))


def spellings(address: str) -> set[str]:
    """As somebody may have typed it, and as most write it."""
    return {address, address.lower()}


def _with_word(begin: str) -> "SelectOfScalar[str]":
    word = col(CaseWordRow.word)
    # The highest code point: whatever begins so comes before it, by octets too.
    return select(CaseWordRow.case_id).where(word >= begin, word < begin + "\U0010ffff")
