"""Counting data subjects."""

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.people import count_people


def count(detector, text: str, role: PartRole = PartRole.ATTACHMENT) -> int:
    letter = Letter("", "", (), (Part("attachment.1:list.csv", role, text),))
    return count_people(letter, detector.find(letter))


def test_a_list_of_customers(detector):
    """776 rows of name, address and customer number are 776 people."""
    rows = [f"{n};Person Number {n};Street {n}, Turku;{880000 + n}" for n in range(776)]
    assert count(detector, "id;name;address;customer no\n" + "\n".join(rows)) == 776


def test_the_same_person_twice(detector):
    """A row that comes again is the same person."""
    assert count(detector, "name,phone\nA. Example,0405550101\nA. Example,0405550101\nB. Example,0405550102") == 2


def test_strong_ids_without_a_table(detector):
    """Three national ids in running text are three people."""
    assert count(detector, "Hei, 140385-912T, 230576-9216 ja 300961-948X odottavat.", PartRole.BODY) == 3


def test_signatures_and_recipients_do_not_count(detector):
    """Names with telephone numbers in signatures and reply headers are nobody's data."""
    text = (
        "From: Anna Harper <anna@example.org>\nTo: Ben Rivers <ben@example.org>; Cy Lund <cy@example.org>\n\n"
        "Thanks!\n\n"
        "Anna Harper\nHead of Sales\nTel. 0455 501 7703\nanna@example.org\n\n--\nBen Rivers\nPhone 0455 501 7704\n"
    )
    assert count(detector, text, PartRole.BODY) == 0


def test_a_price_list_is_nobody(detector):
    """A table without names counts no one."""
    assert count(detector, "article;price;stock\nbolt;1,20;400\nnut;0,80;300\nwasher;0,10;900") == 0
