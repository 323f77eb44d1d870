"""Rules that hold for all input: no octets make the reader raise, and every structure's text is read."""

import base64
import quopri

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailguard.message.normalise import normalise
from mailguard.message.read import read_letter
from tests.message.test_evasions import EVASIONS
from tests.message.test_ordinary import ORDINARY
from tests.message.writing import all_text

SEEDS = [*EVASIONS.values(), *(raw for raw, _ in ORDINARY.values())]
WORDS = (
    st.text(alphabet="abcdefgåäöéłżñ 0123456789", min_size=8, max_size=40)
    .map(str.strip)
    .filter(lambda text: len(text) > 7)
)


@given(st.binary(max_size=2000))
def test_any_octets_are_read(raw: bytes) -> None:
    """Whatever comes is a letter; nothing is raised, and no fault of the reader hides in a trouble."""
    assert not any("failed" in trouble.text for trouble in read_letter(raw).troubles)


@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_damaged_letters_are_read(data: st.DataObject) -> None:
    """Real structures with octets cut out, doubled and put in never make the reader fail."""
    raw = data.draw(st.sampled_from(SEEDS))[:20_000]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 20))
        raw = raw[:at] + data.draw(st.binary(max_size=20)) + raw[at + cut :]
    assert not any("failed" in trouble.text for trouble in read_letter(raw).troubles)


@st.composite
def structures(draw: st.DrawFn, depth: int = 0) -> tuple[str, list[str]]:
    """A well-formed entity as `(fields and body, the texts in it)`."""
    kind = draw(st.sampled_from(["plain", "html", "base64", "quoted"] + (["mixed", "message"] if depth < 4 else [])))
    if kind == "mixed":
        children = draw(st.lists(structures(depth=depth + 1), min_size=1, max_size=3))
        boundary = f"b{depth}_{draw(st.integers(0, 10**9))}"
        body = "".join(f"--{boundary}\n{child}\n" for child, _ in children)
        texts = [text for _, inside in children for text in inside]
        return f'Content-Type: multipart/mixed; boundary="{boundary}"\n\n{body}--{boundary}--\n', texts
    if kind == "message":
        child, texts = draw(structures(depth=depth + 1))
        return f"Content-Type: message/rfc822\n\nSubject: x\n{child}", texts
    text = draw(WORDS)
    if kind == "base64":
        coded = base64.encodebytes(text.encode()).decode()
        return f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{coded}", [text]
    if kind == "quoted":
        coded = quopri.encodestring(text.encode()).decode()
        return f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{coded}", [
            text
        ]
    if kind == "html":
        return f"Content-Type: text/html; charset=utf-8\n\n<p>{text}</p>\n", [text]
    return f"Content-Type: text/plain; charset=utf-8\n\n{text}\n", [text]


@given(structures())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_text_of_every_structure_is_read(structure: tuple[str, list[str]]) -> None:
    """However parts are nested and encoded, each text stands in the parts, and well-formed mail is no trouble."""
    entity, texts = structure
    read = read_letter(f"Subject: x\nMIME-Version: 1.0\n{entity}".replace("\n", "\r\n").encode())
    for text in texts:
        assert " ".join(normalise(text).split()) in " ".join(all_text(read).split())
    assert read.troubles == ()
