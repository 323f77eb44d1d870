"""`mailguard rules replay`: what other rules would have done, against the same letters judged again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlmodel import select
from typer.testing import CliRunner

from mailguard.app.cli import app
from mailguard.app.journal import add_judgement
from mailguard.app.wiring import Guard, open_guard
from mailguard.cases.judge import Judge
from mailguard.cases.retention import destroy_bodies
from mailguard.core.envelope import Envelope
from mailguard.core.ids import new_message_id
from mailguard.core.rule_folders import shipped_rules
from mailguard.core.settings import RulesSettings, Settings, StoreSettings
from mailguard.core.verdict import Judgement, Verdict
from mailguard.customers.disputes import dispute
from mailguard.customers.importing import import_customers
from mailguard.incidents.tracing.journal import JournalLine, JournalRecipient, write_lines
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.journal import FeatureRow
from tests.app.conftest import CUSTOMERS
from tests.support.holding import hold
from tests.support.letters import SENDER, write_letter

RIGHT, NAMESAKE, KAISA = "matti.virtanen@post.example", "m.virtanen@mail.example", "kaisa@post.example"
ABOUT = "Hei Matti Virtanen,\n\nAsiakasnumero: 1001\n"
LETTERS = [
    (RIGHT, "Tilaus on vahvistettu."),
    (RIGHT, "Salasana: Marjapuuro83"),
    (NAMESAKE, "Tilaus on vahvistettu."),
    (NAMESAKE, "Salasana: Marjapuuro83"),
    (KAISA, "Tilaus on vahvistettu."),
    ("m.virtanen@post.example", "Tilaus on vahvistettu."),
    (RIGHT, "zebra-4826"),
    ("colleague@operator.example", "Asiakkaan osoite on Koivukuja 3."),
    (NAMESAKE, "zebra-4826"),
]
ZEBRA = """
rules:
  - id: own.code
    kind: access_code
    keywords: [zebra]
    pattern: 'zebra-(?P<value>[0-9]{4})'
    match: ["zebra-4826"]
"""
NO_PASSWORDS = "".join(
    f"""
  - id: {rule}
    kind: password
    keywords: [salasana]
    labels: [salasana]
    enabled: false
"""
    for rule in ("fi.password", "password.learned", "password.learned_alone", "words.learned")
)


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    """A register with namesakes, and the shipped rules."""
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS, encoding="utf-8")
    with open_guard(_settings(tmp_path), prove=False) as guard:
        import_customers(guard.store.engine, file, {}, lambda done, total: None)
        yield guard


def _settings(folder: Path, rules: Path | None = None) -> Settings:
    return Settings(
        store=StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key"),
        register={"internal_domains": ["operator.example"]},
        rules=RulesSettings(folder=rules),
    )


def _send(
    guard: Guard, letters: list[tuple[str, str]] = LETTERS
) -> list[tuple[Envelope, bytes, Judgement, str | None]]:
    """As the front door does it: judged, held where it must be, and a line of the journal for each."""
    sent = []
    for number, (to, text) in enumerate(letters):
        raw = write_letter(f"{ABOUT}{text}\n", to=to, subject=f"Order {number}")
        envelope = Envelope(SENDER, (to,))
        judged = guard.judge.judge(envelope, raw)
        case_id = hold(guard.store, envelope, raw, judged) if judged.verdict is Verdict.HOLD else None
        line = JournalLine(
            id=new_message_id(),
            at=guard.store.clock() - timedelta(minutes=1),
            reverse_path=SENDER,
            recipients=(JournalRecipient(to),),
            fate="held" if case_id else "passed",
            answer="250 Ok",
            size=len(raw),
            case_id=case_id,
        )
        write_lines(guard.store, [add_judgement(line, judged, b"")])
        sent.append((envelope, raw, judged, case_id))
    return sent


def _other_policy(folder: Path) -> Path:
    """A changed table: namesakes pass, colleagues and whoever is unconfirmed are held, two people are bulk."""
    table = yaml.safe_load((shipped_rules() / "policy.yaml").read_text(encoding="utf-8"))
    changed = [
        {"content": "anything", "relation": "namesake", "verdict": "pass"},
        {"content": "anything", "relation": ["internal", "unconfirmed"], "verdict": "hold", "reason": "unrelated"},
    ]
    file = folder / "other.yaml"
    file.write_text(yaml.safe_dump({"bulk_people": {"outside": 2, "inside": 2}, "table": changed + table["table"]}))
    return file


def _replayed(folder: Path, *arguments: str) -> dict[str, Any]:
    """The command's answer."""
    config = folder / "mailguard.toml"
    config.write_text(
        f'''
[store]
database_url = "sqlite:///{folder}/guard.db"
key_file = "{folder}/guard.key"
[register]
internal_domains = ["operator.example"]
'''
    )
    done = CliRunner().invoke(
        app, ["rules", "replay", *arguments, "--format", "json", "--config", str(config)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _again(judge: Judge, sent: list[tuple[Envelope, bytes, Judgement, str | None]]) -> tuple[int, int, int]:
    """By brute force: held with these rules, extra and fewer holds."""
    held = [judge.judge(envelope, raw).verdict is not Verdict.PASS for envelope, raw, _, _ in sent]
    then = [case_id is not None for _, _, _, case_id in sent]
    extra = sum(now and not before for now, before in zip(held, then, strict=True))
    return sum(held), extra, sum(before and not now for now, before in zip(held, then, strict=True))


def test_another_policy_gives_what_the_same_letters_judged_again_give(guard: Guard, tmp_path: Path) -> None:
    """Holds, extra holds and those that fall away are those of a judge with the other table, letter by letter."""
    sent = _send(guard)
    other = tmp_path / "other"
    other.mkdir()
    (other / "policy.yaml").write_bytes(_other_policy(tmp_path).read_bytes())
    with open_guard(_settings(tmp_path, other), prove=False) as changed:
        held, extra, fewer = _again(changed.judge, sent)
    answer = _replayed(tmp_path, "--policy", str(tmp_path / "other.yaml"))
    assert (answer["held_now"], answer["extra"]["messages"], answer["fewer"]["messages"]) == (held, extra, fewer)
    assert extra > 0
    assert fewer > 0
    assert answer["fewer"]["reasons"] == {"namesake": fewer}
    assert (answer["messages"], answer["not_asked"]) == (len(LETTERS), 0)
    assert answer["reviewing"] == {
        "minutes_a_case": 2.0,
        "measured": False,
        "extra_minutes_a_day": 2.0 * (extra - fewer),
    }


def test_other_rules_look_into_held_letters_that_are_kept(guard: Guard, tmp_path: Path) -> None:
    """A new rule finds its secret in them as a judge would; what passed or is destroyed is only counted."""
    sent = _send(guard)
    own = tmp_path / "own"
    own.mkdir()
    (own / "own.yaml").write_text(ZEBRA + NO_PASSWORDS)
    with open_guard(_settings(tmp_path, own), prove=False) as changed:
        again = [changed.judge.judge(envelope, raw) for envelope, raw, _, case_id in sent if case_id]
    kept = sum(case_id is not None for *_, case_id in sent)
    answer = _replayed(tmp_path, "--rules", str(own))
    assert answer["held_now"] == sum(one.verdict is Verdict.HOLD for one in again)
    assert answer["letters"] == {"examined": kept, "gone": 0, "passed": len(sent) - kept}
    assert answer["fewer"]["messages"] == kept - answer["held_now"] > 0
    with guard.store.writing() as session:
        for case in session.exec(select(CaseRow)):
            case.state, case.ended_at = "rejected", guard.store.clock() - timedelta(days=100)
    destroy_bodies(guard.store, 30)
    assert _replayed(tmp_path, "--rules", str(own))["letters"] == {
        "examined": 0,
        "gone": kept,
        "passed": len(sent) - kept,
    }


def test_known_leaks_are_caught_or_missed(guard: Guard, tmp_path: Path) -> None:
    """Rejected for the recipient, and sent to an address that is disputed now: each is known, and missed without a line
    on namesakes; looking changed nothing and is audited.
    """
    sent = _send(guard, [(NAMESAKE, "Tilaus."), (RIGHT, "Tilaus."), (RIGHT, "Salasana: Marjapuuro83")])
    with guard.store.writing() as session:
        for case in session.exec(select(CaseRow)):
            case.state, case.ended_at = "rejected", guard.store.clock()
        dispute(session, RIGHT, "1001", "sofia", guard.store.clock())
    before = _everything(guard.store)
    now = _replayed(tmp_path)["known_leaks"]
    assert (now["rejected"]["known"], now["rejected"]["caught"]) == (1, 1)
    assert (now["dispute"]["known"], now["dispute"]["held_then"], now["dispute"]["missed"]) == (2, 1, 1)
    other = _replayed(tmp_path, "--policy", str(_other_policy(tmp_path)))["known_leaks"]
    assert (other["rejected"]["caught"], other["rejected"]["missed"]) == (0, 1)
    assert len(other["rejected"]["newly_missed"]) == 1
    assert _everything(guard.store) == before
    with guard.store.reading() as session:
        acts = session.exec(select(AuditRow).where(AuditRow.act == "rules replay")).all()
    assert [act.details["policy"] for act in acts] == [False, True]
    assert len(sent) == 3


def test_what_is_kept_of_a_message_names_nobody(guard: Guard) -> None:
    """No address, name, number or secret is in the features, and they are short."""
    _send(guard)
    with guard.store.reading() as session:
        kept = [json.dumps(row.features) for row in session.exec(select(FeatureRow))]
    assert len(kept) == len(LETTERS)
    assert max(map(len, kept)) < 400
    for text in kept:
        assert not any(word in text for word in ("@", "Virtanen", "1001", "Marjapuuro83", "4826", "Koivukuja"))


def _everything(store: Store) -> list[object]:
    with store.reading() as session:
        cases = [(row.id, row.state) for row in session.exec(select(CaseRow))]
        return [cases, [(row.number, row.features) for row in session.exec(select(FeatureRow))]]


def test_a_table_for_people_and_what_is_written_wrong(guard: Guard, tmp_path: Path) -> None:
    """The table says holds, reasons and leaks; a span, folder or file that is none is told in a line, with exit 2."""
    _send(guard, LETTERS[:3])
    _replayed(tmp_path)
    config = ("--config", str(tmp_path / "mailguard.toml"))
    other = str(_other_policy(tmp_path))
    shown = CliRunner().invoke(app, ["rules", "replay", "--since", "30d", "--policy", other, *config])
    assert shown.exit_code == 0
    assert "holds that fall away by reason: namesake 1" in shown.stdout
    assert "known leaks" in shown.stdout
    broken = tmp_path / "broken.yaml"
    broken.write_text("table: [")
    for wrong in (("--since", "soon"), ("--rules", str(tmp_path / "none")), ("--policy", str(broken))):
        assert CliRunner().invoke(app, ["rules", "replay", *wrong, *config]).exit_code == 2, wrong
