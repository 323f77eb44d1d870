"""What stands in a picture is judged as what stands in the text, where the configuration says so."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from mailguard.app.wiring import Guard, open_guard, open_recognizer
from mailguard.cases.reveal import reveal
from mailguard.core.envelope import Envelope
from mailguard.core.errors import ConfigError
from mailguard.core.person import Role
from mailguard.core.settings import Settings, StoreSettings
from mailguard.core.settings.message import MessageSettings
from mailguard.core.verdict import Judgement, ReasonCode, Verdict
from tests.cases.conftest import add
from tests.support.holding import hold
from tests.support.letters import CUSTOMER, SENDER
from tests.support.need import need_program
from tests.support.pictures import png_of, scan_of

ENVELOPE = Envelope(SENDER, (CUSTOMER,))
PICTURE = ("image", "png", "screen.png")
SCAN = ("application", "pdf", "scan.pdf")


def _settings(folder: Path, **message: object) -> Settings:
    store = StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key")
    return Settings(store=store, message=MessageSettings.model_validate(message))


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    """One that reads pictures."""
    need_program("tesseract", "tesseract-ocr")
    with open_guard(_settings(tmp_path, ocr="inline"), prove=False) as opened:
        yield opened


def _letter(data: bytes, kind: tuple[str, str, str] = PICTURE) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, CUSTOMER, "Tilaus"
    message.set_content("Hei, katso liite.")
    message.add_attachment(data, kind[0], kind[1], filename=kind[2])
    return message.as_bytes()


def _codes(judgement: Judgement) -> list[ReasonCode]:
    return [reason.code for reason in judgement.reasons]


@pytest.mark.parametrize(("write", "kind"), [(png_of, PICTURE), (scan_of, SCAN)], ids=["picture", "scan"])
def test_a_password_in_a_picture_is_held(
    guard: Guard, write: Callable[[str], bytes], kind: tuple[str, str, str]
) -> None:
    """By its real reason, never at once; and a second person sees the value that was found."""
    raw = _letter(write("Hei Matti, uusi salasanasi on Kesaranta77."), kind)
    assert guard.judge.judge_at_once(ENVELOPE, raw) is None
    judgement = guard.judge.judge(ENVELOPE, raw)
    assert _codes(judgement) == [ReasonCode.CREDENTIAL]
    sofia = add(guard.store, "sofia", Role.SUPERVISOR)
    case_id = hold(guard.store, ENVELOPE, raw, judgement)
    assert reveal(guard.store, case_id, 0, sofia, "to compare", guard.judge.read).reveal() == "Kesaranta77"


def test_a_picture_without_a_secret_passes(guard: Guard) -> None:
    """Within the dialogue, as any other letter."""
    raw = _letter(png_of("Hei Matti, tervetuloa kahville perjantaina kello kahdeksan."))
    assert guard.judge.judge(ENVELOPE, raw).verdict is Verdict.PASS


def test_a_picture_that_cannot_be_read_is_held(guard: Guard) -> None:
    """Unreadable means held."""
    judgement = guard.judge.judge(ENVELOPE, _letter(png_of("Hei")[:1500]))
    assert _codes(judgement) == [ReasonCode.UNREADABLE]


def test_off_means_that_pictures_pass(tmp_path: Path) -> None:
    """As before there was any reading of them; nothing is started."""
    with open_guard(_settings(tmp_path), prove=False) as opened:
        judgement = opened.judge.judge(ENVELOPE, _letter(png_of("Salasanasi on Kesaranta77.")))
    assert judgement.verdict is Verdict.PASS


def test_a_language_that_is_not_there_is_told_at_start(tmp_path: Path) -> None:
    """The guard does not start and hold every picture; the error names the key and what to install."""
    need_program("tesseract", "tesseract-ocr")
    settings = _settings(tmp_path, ocr="inline", ocr_languages=["tlh"])
    with pytest.raises(ConfigError, match="Tesseract lacks tlh"):
        open_recognizer(settings)
