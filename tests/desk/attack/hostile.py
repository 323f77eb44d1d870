"""Held mail and everything else that shows a stranger's text, with a string of its own in each field."""

from collections.abc import Sequence

from mailguard.core.finding import FindingKind
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.core.settings import Settings
from mailguard.core.teams import Teams
from mailguard.core.verdict import Reason, ReasonCode
from mailguard.incidents.breaches.breach import BreachFacts, Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.incidents.reports.intake import Submission, take_submission
from mailguard.incidents.reports.report import Channel
from mailguard.store.people.rows import id_of, user_named
from mailguard.store.store import Store
from mailguard.store.tables.logins import PasskeyRow
from mailguard.store.tables.reviewing import RemarkRow, SavedViewRow
from tests.desk.held import ESPOO, NAMESAKE, PASSWORD, SENDER, TAMPERE, find, hold_mail

FIELDS = 12
"""Strings that one held message takes."""


def hold_strings(store: Store, texts: Sequence[str]) -> str:
    """One message with another string in each field, and all of them in its bodies, reasons, customers and remarks."""
    line = [_line(text) for text in texts]
    line += line[:1] * (FIELDS - len(line))
    everything = "\n".join(texts)
    raw = f"""From: "{line[0]}" <{SENDER}>
To: {line[1]} <{NAMESAKE}>, "{line[2]}" <x@mail.example>
Cc: {line[3]}
Reply-To: {line[4]}
Subject: {line[5]}
Message-ID: <{line[6]}>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=bound"

--=bound
Content-Type: text/html; charset=utf-8

<p>{PASSWORD}</p>{"".join(f'<p title="{one}">{one}</p><a href="{one}">{one}</a><img alt="{one}">' for one in texts)}
--=bound
Content-Type: text/plain; charset=utf-8

{PASSWORD}
{everything}
--=bound
Content-Type: text/plain; charset=utf-8; name="{line[7]}"
Content-Disposition: attachment; filename="{line[7]}"

{everything}
--=bound
Content-Type: image/png; name="{line[8]}"
Content-Disposition: attachment; filename="{line[8]}.png"
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAAA
--=bound--
""".replace("\n", "\r\n").encode("utf-8", "replace")
    espoo = ESPOO._replace(
        customer_id=line[9][:80], first_name=line[10], city=line[11], emails=(f"{line[0]}@x.example",)
    )
    about = Identified(espoo, (line[1][:50],))
    other = TAMPERE._replace(last_name=line[2], city=line[3])
    relation = Relation(NAMESAKE, RelationKind.NAMESAKE, about, other, resembles=line[4])
    relations = {NAMESAKE: relation} | {
        f'"{one}"@mail.example': Relation(f'"{one}"@mail.example', RelationKind.UNRELATED, about) for one in line[5:9]
    }
    case_id = hold_mail(
        store,
        raw,
        relations,
        *(Reason(ReasonCode.NAMESAKE, one) for one in line),
        findings=find(raw, {PASSWORD: FindingKind.PASSWORD}),
        customers=(about,),
        teams=Teams({line[0]: [SENDER]}, ()),
    )
    with store.writing() as session:
        user_id = id_of(user_named(session, "sofia"))
        for number, text in enumerate(texts):
            kind = ("comment", "question", "answer")[number % 3]
            session.add(RemarkRow(case_id=case_id, user_id=user_id, kind=kind, text=text, at=store.clock()))
    return case_id


def put_own_texts(store: Store, name: str, texts: Sequence[str]) -> None:
    """What a person has named: views of the queue, passkeys."""
    with store.writing() as session:
        user_id = id_of(user_named(session, name))
        for number, text in enumerate(texts):
            session.add(SavedViewRow(user_id=user_id, name=f"{number}{text}", query=_line(f"state=held&q={text}")))
            session.add(
                PasskeyRow(
                    user_id=user_id, name=text, credential_id=bytes([number]), public_key=b"x", made_at=store.clock()
                )
            )


def put_incident(store: Store, settings: Settings, texts: Sequence[str]) -> str:
    """A breach with these texts, and a reader's report; gives the breach's number."""
    line = [_line(text) for text in texts]
    facts = BreachFacts(
        " ".join(line)[:200],
        channel=line[0],
        unit=line[1],
        processor=line[2],
        customers=tuple(one[:40] for one in line[:20]),
        addresses=tuple(one[:60] for one in line[:20]),
    )
    with store.writing() as session:
        number = open_breach(session, store, facts, origin=Origin.HAND, by=line[3], at=store.clock())
    said = Submission("reader@mail.example", "\n".join(texts), Channel.PAGE, "en", line[4], network="192.0.2.1")
    take_submission(store, settings, said)
    return number


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:300] or "x"
