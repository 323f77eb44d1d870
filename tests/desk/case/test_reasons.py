"""Why a message is held, read by people of six languages in a house of one: real letters, judged and held."""

import os
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from sqlmodel import select

from mailguard.cases.judge import Judge
from mailguard.cases.rules import Rules
from mailguard.core.envelope import Envelope
from mailguard.core.settings import DeskSettings, RulesSettings, Settings
from mailguard.core.verdict import Judgement, Verdict
from mailguard.customers.register import Register
from mailguard.desk.application import make_desk
from mailguard.desk.language.choice import LANGUAGES
from mailguard.detect.detector import Detector
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.policy.policy import Policy
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from tests.desk.conftest import URL, Browser
from tests.desk.held import NAMESAKE
from tests.desk.small_register import bring_in
from tests.support.holding import hold
from tests.support.letters import SENDER, write_letter

LogIn = Callable[[str], Browser]
RULES = [Path(__file__).parents[3] / "rules"]
RULE_SETS = Detector.load(RULES, prove=False), IdentifierPatterns.load(RULES)
SECRET = "Kielotie-4711"
ORDER = f"Hei Mikko Virtanen!\n\nAsiakasnumero 1001\nSalasana: {SECRET}\n"


def judged(store: Store, language: str, raw: bytes) -> Judgement:
    """As a guard whose house speaks that language judges it."""
    judge = Judge(
        rules=Rules(*RULE_SETS, Policy.load(RULES, language)),
        register=Register(store.engine),
        internal_domains=["operator.example"],
        clock=store.clock,
    )
    return judge.judge(Envelope(SENDER, (NAMESAKE,)), raw)


@pytest.fixture
def held(store: Store, tmp_path: Path) -> str:
    """The namesake's letter, held by a Finnish house."""
    bring_in(store, tmp_path)
    raw = write_letter(ORDER, to=NAMESAKE)
    judgement = judged(store, "fi", raw)
    assert judgement.verdict is Verdict.HOLD
    return hold(store, Envelope(SENDER, (NAMESAKE,)), raw, judgement)


@pytest.mark.parametrize("chosen", ["header", "switch"])
def test_each_reads_why_in_their_own_language(store: Store, held: str, logged_in: LogIn, chosen: str) -> None:
    """On the case page and in the queue stands what a house of the reader's language would have written, in full."""
    browser = logged_in("sofia")
    raw = write_letter(ORDER, to=NAMESAKE)
    shown = set()
    for language in LANGUAGES:
        headers = {"accept-language": language} if chosen == "header" else {}
        if chosen == "switch":
            browser.submit("/display", language=language)
        texts = [reason.text for reason in judged(store, language, raw).reasons]
        assert len(texts) > 1
        page = unescape(browser.get(f"/cases/{held}", headers=headers).text)
        queue = unescape(browser.get("/cases", headers=headers).text)
        assert all(text in page for text in texts)
        assert texts[0][:200] in queue
        shown.add(texts[0])
    assert len(shown) == len(LANGUAGES)


def test_the_contract_keeps_the_house_s_text(store: Store, held: str, token: Callable[[str], dict[str, str]]) -> None:
    """Scripts get code and text as they were held, whatever language they say they read."""
    with store.reading() as session:
        kept = session.exec(select(CaseRow)).one().judgement
    client = Browser(make_desk(store, Settings(desk=DeskSettings(public_url=URL))), base_url=URL)
    answer = client.get(f"/api/v1/cases/{held}", headers=token("sofia") | {"accept-language": "pl"}).json()
    assert answer["reasons"] == kept["reasons"]
    assert set(answer["reasons"][0]) == {"code", "text"}
    assert answer["reasons"][0]["text"].startswith(f"Osoitetta {NAMESAKE} ei ole merkitty")


def test_no_secret_is_in_the_pieces(store: Store, held: str) -> None:
    """What is stored beside the texts holds neither the password nor a customer who is not in the texts."""
    with store.reading() as session:
        row = session.exec(select(CaseRow)).one()
    assert row.judgement["phrases"]
    assert SECRET not in str(row.judgement)
    assert "3001" not in str(row.judgement["phrases"])


@pytest.mark.parametrize("left", [None, [], [None, None, None], [{"say": "reasons.gone", "with": {}}] * 3])
def test_an_old_case_shows_its_text(store: Store, held: str, logged_in: LogIn, left: object) -> None:
    """Without pieces, or with pieces that the wording has no text for, everybody reads what was stored."""
    with store.writing() as session:
        row = session.exec(select(CaseRow)).one()
        kept = {name: value for name, value in row.judgement.items() if name != "phrases"}
        row.judgement = kept if left is None else kept | {"phrases": left}
    text = kept["reasons"][0]["text"]
    browser = logged_in("sofia")
    assert text in unescape(browser.get(f"/cases/{held}", headers={"accept-language": "pl"}).text)
    assert text[:200] in unescape(browser.get("/cases", headers={"accept-language": "pl"}).text)


def test_the_operator_s_words_are_said_as_they_are_now(store: Store, held: str, users: None, tmp_path: Path) -> None:
    """A sentence of the operator's own goes before ours, and is read again when its file changes; broken, none is."""
    own = tmp_path / "rules" / "wording"
    own.mkdir(parents=True)
    settings = Settings(desk=DeskSettings(public_url=URL), rules=RulesSettings(folder=own.parent))
    browser = Browser(make_desk(store, settings, now=store.clock), base_url=URL)
    assert browser.log_in("sofia").status_code == 303
    for number, words in enumerate(("{recipient}: Achtung!", "{recipient}: Vorsicht!")):
        file = own / "de.yaml"
        file.write_text(f'relations: {{namesake: "{words}"}}', encoding="utf-8")
        # A file system may know whole seconds only.
        os.utime(file, (number, number))
        page = browser.get(f"/cases/{held}", headers={"accept-language": "de"}).text
        assert words.format(recipient=NAMESAKE) in page
    (own / "de.yaml").write_text("relations: [", encoding="utf-8")
    assert "kuuluu" in browser.get(f"/cases/{held}", headers={"accept-language": "de"}).text
