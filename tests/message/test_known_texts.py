"""Bodies that come again read as they did the first time, and are not read again."""

from mailguard.core.part import Letter
from mailguard.message.budget import Budget
from mailguard.message.known_texts import KnownTexts
from mailguard.message.read import read_letter
from tests.message.crooked.letters import attached, crooked_letters, plain
from tests.message.test_evasions import EVASIONS
from tests.message.test_ordinary import ORDINARY
from tests.message.writing import LINE, all_text

_ROW = "<tr><td>Meter</td><td>{}</td></tr>"
HTML = f"<html><body><p>Dear reader,</p><table>{''.join(map(_ROW.format, range(60)))}</table></body></html>"
LONG = "The meter of the house was read by our people on the way to town.\n" * 20


def read(texts: KnownTexts, to: str, html: str = HTML, budget: Budget = Budget()) -> Letter:
    """A newsletter as mailers send it: another reader, another boundary each."""
    raw = f"""From: news@operator.example
To: {to}
Subject: News
Content-Type: multipart/alternative; boundary="=_{abs(hash(to))}"

--=_{abs(hash(to))}
Content-Type: text/plain; charset=utf-8

{LONG}
--=_{abs(hash(to))}
Content-Type: text/html; charset=utf-8

{html}
--=_{abs(hash(to))}--
"""
    return read_letter(raw.replace("\n", "\r\n").encode(), budget, texts=texts)


def test_every_letter_reads_as_if_it_were_the_first() -> None:
    """Ordinary and crooked ones, each three times and among all others, whose parts they share."""
    crooked = crooked_letters([plain(LONG.encode() + LINE.encode()), attached("a.txt", LONG.encode())])
    letters = [*EVASIONS.values(), *(raw for raw, _ in ORDINARY.values()), *dict(crooked).values()]
    known = KnownTexts()
    fresh = [read_letter(raw) for raw in letters]
    for _ in range(3):
        assert [read_letter(raw, texts=known) for raw in letters] == fresh


def test_the_same_body_to_another_reader_is_not_read_again() -> None:
    """From the third letter on its texts are those that the second one left: the very same objects."""
    known = KnownTexts()
    first, second, third = (read(known, f"reader{number}@example.org").parts[-3:] for number in range(3))
    assert [part.path for part in third] == ["body.1", "body.2.html", "body.2.html#table"]
    assert first == second == third
    assert all(one.text is other.text for one, other in zip(second, third, strict=True))
    assert not any(one.text is other.text for one, other in zip(first, second, strict=True))


def test_one_character_makes_another_body() -> None:
    """What was changed on the way is read."""
    known = KnownTexts()
    for number in range(3):
        read(known, f"reader{number}@example.org")
    assert LINE in all_text(read(known, "reader@example.org", HTML.replace("Dear reader,", LINE)))


def test_trouble_is_told_every_time() -> None:
    """A body that cannot be read for certain is not known, however often it comes."""
    tangled = HTML.replace("<p>", "<p>" + "<b><i>" * 5000)
    known = KnownTexts()
    told = [read(known, f"reader{number}@example.org", tangled).troubles for number in range(4)]
    assert told[0]
    assert told == [told[0]] * 4


def test_what_does_not_fit_is_cut_where_it_always_was() -> None:
    """A budget that has not enough left ends the reading of known bodies too."""
    known, small = KnownTexts(), Budget(expanded=2000)
    for number in range(3):
        read(known, f"reader{number}@example.org")
    cut = read(known, "reader@example.org", budget=small)
    assert cut.troubles
    assert cut == read(KnownTexts(), "reader@example.org", budget=small)


def test_what_is_forgotten_is_read_again() -> None:
    """After something was found in one of its texts, none of the body's stays."""
    known = KnownTexts()
    *_, last = (read(known, f"reader{number}@example.org") for number in range(3))
    html = last.parts[-1].text
    known.forget({html})
    again = read(known, "reader@example.org")
    assert again.parts[-1].text == html
    assert again.parts[-1].text is not html
    assert again.parts[-3].text is last.parts[-3].text
