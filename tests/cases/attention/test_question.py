"""Which question is asked, and which answers are right."""

import re
import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mailguard.cases.attention.question import Option, Question, QuestionKind, choose_question

NAMES = ["namesake", "credential"]


def customer(number: str, city: str = "", year: int | None = None) -> dict[str, Any]:
    """A customer as a case keeps it."""
    return {"id": number, "name": "Mikko Virtanen", "city": city, "birth_year": year}


def relation(about: dict[str, Any] | None, owner: dict[str, Any] | None = None, kind: str = "unrelated") -> Any:
    """A recipient's relation."""
    return {"kind": kind, "about": about, "owner": owner}


def ask(*relations: Any, reasons: list[str] = NAMES, namesakes: tuple[Option, ...] = ()) -> Question:
    """The question that there is."""
    question = choose_question(reasons, relations, namesakes)
    assert question is not None
    return question


def test_nothing_is_asked_without_a_customer_or_for_other_reasons() -> None:
    """There is no record to look at, or nothing that the check is for."""
    about = customer("1001", "Espoo", 1961)
    assert choose_question(NAMES, [relation(None)]) is None
    assert choose_question(NAMES, [relation(customer(" "))]) is None
    assert choose_question(["unrelated", "personal_data"], [relation(about)]) is None


def test_namesakes_are_chosen_by_town_and_year() -> None:
    """The recipient's owner of the same name stands among the options, and so do others on record."""
    about, owner = customer("1001", "Espoo", 1961), customer("2044", "Tampere", 1988)
    others = (Option("3050", "Oulu", 1970), Option("4010", "Espoo", 1961))
    question = ask(relation(about, owner, "namesake"), namesakes=others)
    assert question.kind is QuestionKind.CUSTOMER
    assert {one.customer_id for one in question.options} == {"1001", "2044", "3050"}, "who looks the same is left out"
    assert question.is_right("1001")
    assert not question.is_right("2044")


def test_those_who_cannot_be_told_apart_are_asked_by_number() -> None:
    """Without towns and years a list of options would be a list of equals."""
    question = ask(relation(customer("1001"), customer("2044"), "namesake"))
    assert (question.kind, question.options) == (QuestionKind.CUSTOMER_NUMBER, ())


def test_numbers_that_end_alike_are_asked_further() -> None:
    """The last four of the wrong customer must not be right."""
    question = ask(relation(customer("AB-77-1001"), customer("AB-78-1001")))
    assert question.characters == 6
    assert not question.is_right("1001")
    assert question.is_right("7-1001")
    assert question.is_right("ab-77-1001")


def test_case_blanks_and_width_do_not_matter() -> None:
    """People type as they read."""
    question = ask(relation(customer("K 12 34 AB")))
    assert question.is_right(" 34ab ")
    assert question.is_right("\uff134\uff21B")
    assert not question.is_right("")
    assert not question.is_right("34")


@given(st.text(min_size=1, max_size=12), st.text(max_size=12))
def test_another_customers_number_is_never_right(number: str, other: str) -> None:
    """For any two numbers: the whole one is right, the other one and an empty answer are not."""
    question = choose_question(NAMES, [relation(customer(number), customer(other))])
    if question is not None:
        assert question.is_right(number)
        assert not question.is_right("")
        assert question.is_right(other) == (folded(other) == folded(number))


def folded(text: str) -> str:
    """As two spellings of a number are one."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())
