"""Bodies that come again read as they did the first time, and are not read again."""

from mailguard.core.part import Letter
from mailguard.core.remembered import Keepsakes
from mailguard.message.budget import Budget
from mailguard.message.known_texts import BodyMemory, KnownTexts, body_memory
from mailguard.message.read import read_letter
from tests.message.crooked.letters import attached, crooked_letters, plain
from tests.message.test_evasions import EVASIONS
from tests.message.test_ordinary import ORDINARY
from tests.message.writing import LINE, all_text

_ROW = "<tr><td>Meter</td><td>{}</td></tr>"
HTML = f"<html><body><p>Dear reader,</p><table>{''.join(map(_ROW.format, range(60)))}</table></body></html>"
LONG = "The meter of the house was read by our people on the way to town.\n" * 20


def read(known: BodyMemory, to: str, html: str = HTML, budget: Budget = Budget()) -> Letter:
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
    return left(known, raw.replace("\n", "\r\n").encode(), budget)


def left(known: BodyMemory, raw: bytes, budget: Budget = Budget()) -> Letter:
    """A letter that may leave what it likes."""
    keepsakes = Keepsakes()
    letter = read_letter(raw, budget, texts=KnownTexts(known, keepsakes))
    keepsakes.keep()
    return letter


def test_every_letter_reads_as_if_it_were_the_first() -> None:
    """Ordinary and crooked ones, each three times and among all others, whose parts they share."""
    crooked = crooked_letters([plain(LONG.encode() + LINE.encode()), attached("a.txt", LONG.encode())])
    letters = [*EVASIONS.values(), *(raw for raw, _ in ORDINARY.values()), *dict(crooked).values()]
    known = body_memory()
    fresh = [read_letter(raw) for raw in letters]
    for _ in range(3):
        assert [left(known, raw) for raw in letters] == fresh


def test_the_same_body_to_another_reader_is_not_read_again() -> None:
    """From the third letter on its texts are those that the second one left: the very same objects."""
    known = body_memory()
    first, second, third = (read(known, f"reader{number}@example.org").parts[-3:] for number in range(3))
    assert [part.path for part in third] == ["body.1", "body.2.html", "body.2.html#table"]
    assert first == second == third
    assert all(one.text is other.text for one, other in zip(second, third, strict=True))
    assert not any(one.text is other.text for one, other in zip(first, second, strict=True))


def test_one_character_makes_another_body() -> None:
    """What was changed on the way is read."""
    known = body_memory()
    for number in range(3):
        read(known, f"reader{number}@example.org")
    assert LINE in all_text(read(known, "reader@example.org", HTML.replace("Dear reader,", LINE)))


def test_trouble_is_told_every_time() -> None:
    """A body that cannot be read for certain is not known, however often it comes."""
    tangled = HTML.replace("<p>", "<p>" + "<b><i>" * 5000)
    known = body_memory()
    told = [read(known, f"reader{number}@example.org", tangled).troubles for number in range(4)]
    assert told[0]
    assert told == [told[0]] * 4


def test_what_does_not_fit_is_cut_where_it_always_was() -> None:
    """A budget that has not enough left ends the reading of known bodies too."""
    known, small = body_memory(), Budget(expanded=2000)
    for number in range(3):
        read(known, f"reader{number}@example.org")
    cut = read(known, "reader@example.org", budget=small)
    assert cut.troubles
    assert cut == read(body_memory(), "reader@example.org", budget=small)


def test_a_letter_leaves_nothing_before_its_verdict() -> None:
    """However often it is read: whoever judges it says whether it may."""
    known = body_memory()
    letters = [read_letter(read_raw(), texts=KnownTexts(known, Keepsakes())) for _ in range(4)]
    assert not any(letters[0].parts[-1].text is other.parts[-1].text for other in letters[1:])


def test_one_letter_read_twice_is_one_letter() -> None:
    """What the loop gives up and a thread reads again has not come twice."""
    known, keepsakes = body_memory(), Keepsakes()
    read_letter(read_raw(), texts=KnownTexts(known, Keepsakes()))
    read_letter(read_raw(), texts=KnownTexts(known, keepsakes))
    keepsakes.keep()
    one, other = (read_letter(read_raw(), texts=KnownTexts(known, Keepsakes())) for _ in range(2))
    assert one.parts[-1].text is not other.parts[-1].text


def read_raw() -> bytes:
    """A letter of one plain body."""
    return f"From: a@operator.example\r\nSubject: News\r\n\r\n{LONG}".replace("\n", "\r\n").encode()
