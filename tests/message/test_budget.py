"""Budgets: hostile size, depth and number end in a trouble, with what was read so far kept."""

import time

import pytest

from mailguard.core.part import Letter
from mailguard.message import gathering
from mailguard.message.budget import Budget, Meter
from mailguard.message.read import read_letter
from tests.message.writing import HEAD, LINE, SECRET, all_text, kinds, letter

HOSTILE = {
    "100,000 parts": "Content-Type: multipart/mixed; boundary=aa\n\n" + "--aa\n\nx\n" * 100_000 + "--aa--\n",
    "50,000 addresses": "Cc: " + ", ".join(f"A <a{number}@b.example>" for number in range(50_000)) + "\n\nx\n",
    "50,000 folds": "Cc: " + ",\n ".join(f"A <a{number}@b.example>" for number in range(50_000)) + "\n\nx\n",
    "20,000 fields": "".join(f"X-{number}: a\n" for number in range(20_000)) + "\nx\n",
    "multiparts without end": "".join(
        f"Content-Type: multipart/mixed; boundary=b{number}\n\n--b{number}\n" for number in range(3000)
    ),
    "messages without end": "Content-Type: message/rfc822\n\n" * 20_000,
    "nested brackets": "Content-Type: text/html\n\n" + "<div>" * 40_000,
}
HARMLESS = {
    "comments": "Content-Type: " + "(" * 100_000 + "\n\nx\n",
    "parameters": "Content-Type: text/plain" + "; " * 100_000 + "\n\nx\n",
    "encoded words": "Comments: " + "=?utf-8?q?a?= " * 20_000 + "\n\nx\n",
    "opened encoded words": "Comments: " + "=?utf-8?q?" * 20_000 + "\n\nx\n",
    "uuencode beginnings": "\n" + "begin 644 a\n" * 20_000,
    "opening brackets": "Content-Type: text/html\n\n" + "<" * 200_000,
    "opened comments": "Content-Type: text/html\n\n" + "<!--" * 50_000,
    "blanks": "Content-Type: text/html\n\n" + " " * 200_000,
    "soft breaks": "Content-Transfer-Encoding: quoted-printable\n\n" + "= " * 100_000,
    "accents": "\na" + "\u0301\u0316" * 50_000,
    "flowed lines": "Content-Type: text/plain; format=flowed\n\n" + "a \n" * 50_000,
    "quoted cells": "Content-Type: text/csv; name=a.csv\n\n" + 'a;b;"c\n' * 50_000,
    "addresses of data": "Content-Type: text/html\n\n<p style='" + "url(data:" * 20_000 + "'>",
    "opened style sheets": "Content-Type: text/html\n\n" + "<style" * 30_000,
    "lines of base64 and of text": "\n" + "QUJD\n" * 20_000 + "Hei, ",
    "blanks in a header": "X-A: a\n " + " " * 100_000 + "a\nContent-Type a\n" + " " * 100_000 + "\n\nx\n",
    "type of one long word": "Content-Type: " + "a" * 100_000 + "\n\nx\n",
    "words of base64": "\n" + "QUJD\nx y\n" * 50_000,
}

PAGES = {
    "comments that do not end": "<xmp>" + "<!--" * 50_000,
    "hidden over and over": '<p style="' + "display:none;" * 20_000 + '">x</q>',
    "tags that do not end": "<img<img<img" * 20_000 + "=\"'>'\"",
    "lines that are kept nowhere": "<br><img&#65;<pre>=" * 12_000,
    "values that do not end": "<xmp><p ='data:" + "data:" * 40_000,
    "items that hold blocks": "<option><div>" * 20_000,
}
"""Each took seconds of processor time for 100 kB."""


def read(text: str, budget: Budget = Budget()) -> Letter:
    """Read a letter of the usual header and this text."""
    return read_letter(letter(text), budget)


@pytest.mark.parametrize("name", HOSTILE)
def test_beyond_a_budget_is_unreadable(name: str) -> None:
    """Too many of anything ends the reading in a trouble instead of a stall or an exception."""
    assert kinds(read(HOSTILE[name])) == {"unreadable"}


@pytest.mark.parametrize("name", HARMLESS)
def test_odd_repetition_comes_to_an_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that make careless patterns quadratic are read to their end within the usual time budget.

    Of processor time: what else the machine does is nothing to the patterns.
    """
    monkeypatch.setattr(gathering, "Meter", lambda budget: Meter(budget, clock=time.thread_time))
    result = read(HARMLESS[name])
    assert not any("too long" in trouble.text or "failed" in trouble.text for trouble in result.troubles)


@pytest.mark.parametrize("name", PAGES)
def test_odd_pages_come_to_an_end(name: str) -> None:
    """Time is left for the part behind them."""
    page = f"--aa\nContent-Type: text/html\n\n{PAGES[name]}\n"
    result = read(f"Content-Type: multipart/mixed; boundary=aa\n\n{page}--aa\n\n{LINE}\n--aa--\n")
    assert SECRET in all_text(result)


def test_what_was_read_before_the_end_is_kept() -> None:
    """A budget's end loses nothing that stood before it."""
    result = read(
        f"Content-Type: multipart/mixed; boundary=aa\n\n--aa\n\n{LINE}\n" + "--aa\n\nx\n" * 50, Budget(parts=10)
    )
    assert SECRET in all_text(result)
    assert kinds(result) == {"unreadable"}


@pytest.mark.parametrize(
    ("budget", "text"),
    [
        (Budget(size=200), "\n" + "x" * 500),
        (Budget(header_octets=300), "X-A: " + "x" * 500 + "\n\nx\n"),
        (Budget(header_fields=10), "X-A: x\n" * 20 + "\nx\n"),
        (Budget(parts=3), "Content-Type: multipart/mixed; boundary=aa\n\n" + "--aa\n\nx\n" * 5),
        (Budget(sections=3), "Content-Type: multipart/mixed; boundary=aa\n\n" + "--aa\n\nx\n" * 5),
        (
            Budget(sections=3),
            "Content-Type: text/html\n\n"
            + '<iframe srcdoc="a"></iframe><a href="data:,b"><a href="data:,c"><a href="data:,d">',
        ),
        (Budget(depth=2), "Content-Type: message/rfc822\n\n" * 5 + "x\n"),
        (Budget(expanded=1000), "\n" + "x" * 5000),
    ],
)
def test_each_limit_holds(budget: Budget, text: str) -> None:
    """Every single limit of the budget is looked at."""
    assert kinds(read(text, budget)) == {"unreadable"}


def test_time_ends_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that runs on between parts ends the reading; no part is begun after the deadline."""
    ticks = iter(range(1000))
    monkeypatch.setattr(gathering, "Meter", lambda budget: Meter(budget, clock=lambda: float(next(ticks))))
    result = read("Content-Type: multipart/mixed; boundary=aa\n\n" + "--aa\n\nx\n" * 50, Budget(seconds=5))
    assert [trouble.text for trouble in result.troubles] == ["reading the message takes too long"]
    assert len([part for part in result.parts if part.path.startswith("body")]) < 10


def test_every_octet_is_looked_at_a_fixed_number_of_times() -> None:
    """Reading calls grow with the message, not with its square: twice the parts make at most twice the text."""
    small, large = (
        read(
            "Content-Type: multipart/mixed; boundary=aa\n\n" + "--aa\n\nsome words\n" * count,
            Budget(parts=10_000, sections=10_000),
        )
        for count in (300, 600)
    )
    assert sum(len(part.text) for part in large.parts) <= 2 * sum(len(part.text) for part in small.parts)


def test_a_header_beyond_its_budget_is_still_read_so_far() -> None:
    """Subject and sender are known even of a message that is too large to be read."""
    result = read_letter(letter("\n" + "x" * 100_000), Budget(size=1000))
    assert result.subject == "Tilaus"
    assert HEAD.startswith("From")
