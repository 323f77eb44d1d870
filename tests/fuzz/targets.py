"""What is fuzzed, and what must hold of it whatever it is given."""

import random
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from mailguard.core.errors import RulesError
from mailguard.detect.detector import Detector
from mailguard.detect.fold import fold
from mailguard.message.normalise import normalise
from mailguard.message.read import read_letter
from tests.message.test_evasions import EVASIONS
from tests.message.test_ordinary import ORDINARY

RULES = Path(__file__).parents[2] / "rules"
LETTERS = [*EVASIONS.values(), *(raw for raw, _ in ORDINARY.values())]
PACKS = [file.read_bytes() for file in sorted((RULES / "personal_data").glob("*.yaml"))]
_TOKENS = (
    b"\n", b"\r", b"\0", b"=", b"--edge\n", b"--edge--\n", b"<td>", b"<!--", b"&#", b"\xc2\xad", b"\xe2\x80\xae", b"%",
    b"Content-Type: multipart/mixed; boundary=edge\n", b"Content-Transfer-Encoding: base64\n", b"Salasana: ", b"PIN ",
    b"U2FsYXNhbmE6IEtlc2EyMDIwIQ==", b"begin 644 a\n", b"(?:", b"[", b"{1,1000}", b": ", b"  - ", b'"', b"'", b"\\",
)  # fmt: skip


def mutate(seed: bytes, chance: random.Random) -> bytes:
    """The seed with a few octets cut out, doubled or put in."""
    octets = seed[:20_000]
    for _ in range(chance.randint(1, 5)):
        at = chance.randint(0, len(octets))
        piece = octets[at : at + chance.randint(0, 200)]
        put_in = chance.choice((b"", chance.choice(_TOKENS), chance.randbytes(chance.randint(1, 8)), piece * 3))
        octets = octets[:at] + put_in + octets[at + chance.randint(0, 20) :]
    return octets


@cache
def shipped() -> Detector:
    """The shipped rules."""
    return Detector.load([RULES], prove=False)


def check_letter(octets: bytes) -> None:
    """Any octets are read without a fault of the reader, and findings stand where they say."""
    letter = read_letter(octets)
    assert not any("failed" in trouble.text for trouble in letter.troubles)
    texts = {part.path: part.text for part in letter.parts}
    assert len(texts) == len(letter.parts)
    for finding in shipped().find(letter):
        assert texts[finding.part][finding.start : finding.end] == finding.value.reveal()


def check_text(octets: bytes) -> None:
    """Normalised text is a fixed point, and its folded form has an octet for each of its characters."""
    text = normalise(octets.decode("utf-8", "surrogateescape"))
    assert normalise(text) == text
    assert len(fold(text).plain) == len(text)


def check_pack(octets: bytes) -> None:
    """A pack loads or says what is wrong with it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pack.yaml").write_bytes(octets)
        try:
            Detector.load([Path(folder)])
        except RulesError as error:
            if not str(error):
                raise


TARGETS: dict[str, tuple[list[bytes], Callable[[bytes], None]]] = {
    "letter": (LETTERS, check_letter),
    "text": (LETTERS, check_text),
    "pack": (PACKS, check_pack),
}
