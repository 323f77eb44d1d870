"""Counting data subjects."""

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.people import count_people


def count(detector: Detector, text: str, role: PartRole = PartRole.ATTACHMENT) -> int:
    letter = Letter("", "", (), (Part("attachment.1", role, text),))
    return count_people(letter, detector.find(letter))


def test_a_list_of_customers(detector: Detector) -> None:
    """776 rows of name, address and customer number are 776 people."""
    rows = [f"{n};Person Number {n};Street {n}, Turku;{880000 + n}" for n in range(776)]
    assert count(detector, "id;name;address;customer no\n" + "\n".join(rows)) == 776


def test_the_same_person_twice(detector: Detector) -> None:
    """A row that comes again is the same person."""
    assert count(detector, "name,phone\nA. Example,0405550101\nA. Example,0405550101\nB. Example,0405550102") == 2


def test_strong_ids_without_a_table(detector: Detector) -> None:
    """Three national ids in running text are three people."""
    assert count(detector, "Hei, 140385-912T, 230576-9216 ja 300961-948X odottavat.", PartRole.BODY) == 3


def test_signatures_and_recipients_do_not_count(detector: Detector) -> None:
    """Names with telephone numbers in signatures and reply headers are nobody's data."""
    text = (
        "From: Anna Harper <anna@example.org>\nTo: Ben Rivers <ben@example.org>; Cy Lund <cy@example.org>\n\n"
        "Thanks!\n\n"
        "Anna Harper\nHead of Sales\nTel. 0455 501 7703\nanna@example.org\n\n--\nBen Rivers\nPhone 0455 501 7704\n"
    )
    assert count(detector, text, PartRole.BODY) == 0


def test_a_price_list_is_nobody(detector: Detector) -> None:
    """A table without names counts no one."""
    assert count(detector, "article;price;stock\nbolt;1,20;400\nnut;0,80;300\nwasher;0,10;900") == 0


ONE, TWO, THREE = "DE15 3705 0198 0001 2345 67", "DE96 3716 0087 0007 6543 21", "DE04 3708 0040 0004 4556 67"


@pytest.mark.parametrize(
    "text",
    [
        f"Rohrbau GmbH, HRB 1234, USt-IdNr. DE123456789\nSparkasse Köln, IBAN {ONE}, BIC COLSDE33\n"
        f"Kölner Bank, IBAN {TWO}, BIC GENODED1CGN\nCommerzbank Köln, IBAN {THREE}, BIC COBADEFF370\n",
        f"Bankverbindungen:\nSparkasse Köln\nIBAN: {ONE}\nBIC: COLSDE33\nKölner Bank\nIBAN: {TWO}\n"
        f"Commerzbank\n{THREE}",
        f"Amtsgericht Köln HRB 12\nIBAN {ONE} (Sparkasse)\nIBAN {TWO} (Volksbank)\nIBAN {THREE} (Commerzbank)\n",
        f"Putki Oy, Y-tunnus 1234567-8\nNordea {ONE} NDEAFIHH\nOP {TWO} OKOYFIHH\nDanske {THREE} DABAFIHH\n",
    ],
)
def test_the_banks_of_a_company_are_one_subject(detector: Detector, text: str) -> None:
    """The small print of a letter names several banks: they are one company's."""
    assert count(detector, f"Please find our invoice.\n\n{text}", PartRole.BODY) == 1


def test_another_account_counts_beside_the_small_print(detector: Detector) -> None:
    """A customer's account above the small print is one subject more."""
    text = f"Pay to Hans Muster, {ONE}.\n\nRohrbau GmbH, HRB 1234\nSparkasse {TWO}\nVolksbank {THREE}\n"
    assert count(detector, text, PartRole.BODY) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"Accounts of our customers:\nSparkasse {ONE}\nVolksbank {TWO}\nCommerzbank {THREE}\n",
        f"Bankverbindungen:\nHans Muster, Sparkasse, {ONE}\nKarl Ast, Volksbank, {TWO}\n"
        f"Anna Zweig, Commerzbank, {THREE}\n",
        f"Hans Muster {ONE}\nKarl Ast {TWO}\nAnna Zweig {THREE}\nRohrbau GmbH, HRB 1234\n",
        f"{ONE}\n{TWO}\n{THREE}\n",
    ],
)
def test_accounts_of_people_count_each(detector: Detector, text: str) -> None:
    """Names between accounts, or nothing, make them different people's, whatever the letter's small print says."""
    assert count(detector, text, PartRole.BODY) == 3
