"""Disguises of a letter that change nothing for its reader: entities, spans, soft hyphens, transfer encodings, case."""

import html
import random
import unicodedata
from collections.abc import Callable, Iterator
from email.header import Header
from email.message import EmailMessage

from tests.evaluate.cases import Case, subject_of

_FULL_WIDTH = {ord("0") + n: 0xFF10 + n for n in range(10)} | {ord(":"): 0xFF1A, ord("="): 0xFF1D}


def _message(text: str, subtype: str = "plain", cte: str = "8bit") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@operator.example", "b@example.org", "hello"
    message.set_content(text, subtype=subtype, cte=cte)
    return message.as_bytes()


def _without_diacritics(text: str) -> str:
    plain = text.replace("ł", "l").replace("Ł", "L").replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))


def _sprinkle(text: str, sign: str, chance: random.Random) -> str:
    out = []
    for before, after in zip(text, text[1:] + " ", strict=True):
        out.append(before)
        if before.isalnum() and after.isalnum() and chance.random() < 0.3:
            out.append(sign)
    return "".join(out)


def _paragraphs(text: str) -> str:
    return "<html><body>" + "".join(f"<p>{line}</p>" for line in text.split("\n")) + "</body></html>"


def _spans(text: str, chance: random.Random) -> str:
    pieces = (f"<span>{html.escape(c)}</span>" if chance.random() < 0.4 else html.escape(c) for c in text)
    return "<div>" + "".join(pieces).replace("\n", "<br>") + "</div>"


def _entities(text: str) -> str:
    return "<div>" + "".join("<br>" if c == "\n" else f"&#{ord(c)};" for c in text) + "</div>"


MUTATIONS: dict[str, Callable[[str, random.Random], bytes]] = {
    "base64": lambda text, _: _message(text, cte="base64"),
    "quoted-printable": lambda text, _: _message(text, cte="quoted-printable"),
    "html paragraphs": lambda text, _: _message(_paragraphs(html.escape(text)), "html"),
    "entities": lambda text, _: _message(_entities(text), "html"),
    "spans": lambda text, chance: _message(_spans(text, chance), "html"),
    "soft hyphens": lambda text, chance: _message(_sprinkle(text, "\u00ad", chance)),
    "zero width": lambda text, chance: _message(_sprinkle(text, "\u200b", chance)),
    "full width": lambda text, _: _message(text.translate(_FULL_WIDTH)),
    "no-break spaces": lambda text, _: _message(text.replace(" ", "\u00a0")),
    "no diacritics": lambda text, _: _message(_without_diacritics(text)),
    "decomposed": lambda text, _: _message(unicodedata.normalize("NFD", text)),
    "quoted reply": lambda text, _: _message("\n".join("> " + line for line in text.split("\n"))),
    "carriage returns": lambda text, _: _message(text.replace("\n", "\n\n")),
    "indented": lambda text, _: _message("\n".join("    " + line for line in text.split("\n"))),
    "double spaces": lambda text, _: _message(text.replace(" ", "  ")),
}


def mutations(case: Case) -> Iterator[tuple[str, bytes]]:
    """Every disguise of a plain-text case, by name; its subject stays as it is."""
    chance = random.Random(case.number)
    subject, text = subject_of(case.text)
    written = Header(subject, "utf-8").encode().encode()
    for name, mutate in MUTATIONS.items():
        yield name, mutate(text, chance).replace(b"Subject: hello", b"Subject: " + written, 1)
