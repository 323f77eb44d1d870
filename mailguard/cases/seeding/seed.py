"""Hold a made-up letter as a real one is held: judged by the same rules, against a register of two who do not exist."""

import csv
import random
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import col, func, select

from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.holding.hold import write_holds
from mailguard.cases.holding.prepare import prepare_hold
from mailguard.cases.judge import Judge
from mailguard.cases.rules import Rules
from mailguard.cases.seeding.invent import House, Invention, invent
from mailguard.core.customer import COLUMNS
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import StoreError
from mailguard.core.settings import Settings
from mailguard.core.teams import Teams
from mailguard.core.verdict import Judgement, Verdict
from mailguard.customers.importing import import_customers
from mailguard.customers.register import Register
from mailguard.customers.tables.register import CUSTOMERS, DOMAINS
from mailguard.store.database.engine import make_engine
from mailguard.store.keys.sealing import Purpose
from mailguard.store.migrations.upgrade import upgrade
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.people import UserAddressRow

_TRIES = 20
_SHAPES = 50


def seed(store: Store, settings: Settings, rules: Rules, language: str, chance: random.Random | None = None) -> str:
    """Make a case up, hold it, and give its id. Reviewers are asked to look at it as at any other; nobody else is told.

    Raises StoreError, also where the rules in force would not hold such a letter.
    """
    chance = chance or random.SystemRandom()
    house, client = _house(store, settings), _client(store)
    for _ in range(_TRIES):
        made = invent(chance, language, house, store.clock())
        if _is_anybodys(store, made):
            continue
        envelope = Envelope(made.sender, (made.recipient,), client)
        judgement = _judge(store, rules, settings, made, envelope)
        if judgement.verdict is Verdict.HOLD and judgement.customers:
            return _hold(store, settings, envelope, made.raw, judgement)
    raise StoreError("the rules in force hold none of the made-up letters")


def count_seeded(store: Store, since: datetime) -> int:
    """Made-up cases from that moment on."""
    query = select(func.count()).select_from(CaseRow)
    with store.reading() as session:
        return session.exec(query.where(col(CaseRow.seeded).is_(True), CaseRow.received_at >= since)).one()


def _hold(store: Store, settings: Settings, envelope: Envelope, raw: bytes, judgement: Judgement) -> str:
    held = prepare_hold(store, envelope, raw, judgement, Terms.of(settings), Teams.of(settings))
    # Automatic: no letter ever goes to the sender, who does not exist. Nobody higher up is bothered with it.
    held.case.update(seeded=True, automatic=True, escalate_at=None, approvals_needed=1)
    write_holds(store, [held])
    return held.case_id


def _judge(store: Store, rules: Rules, settings: Settings, made: Invention, envelope: Envelope) -> Judgement:
    with TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/invented.db")
        try:
            upgrade(engine)
            import_customers(engine, _write(made, Path(folder)), {}, lambda done, total: None)
            judge = Judge(
                rules=rules,
                register=Register(engine),
                internal_domains=settings.register_.internal_domains,
                tag_key=partial(store.sealer.derive, Purpose.FINDING),
            )
            return judge.judge(envelope, made.raw)
        finally:
            engine.dispose()


def _write(made: Invention, folder: Path) -> Path:
    file = folder / "invented.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        for one in (made.customer, made.namesake):
            row = {name: getattr(one, name) for name in COLUMNS}
            row |= {"emails": one.emails[0], "birth_date": one.birth_date.isoformat() if one.birth_date else ""}
            row |= {"former_names": "", "tags": "", "email_confirmed": "yes"}
            writer.writerow(row)
    return file


def _house(store: Store, settings: Settings) -> House:
    """Shapes out of the register and the last real case; the words of ours where there is neither."""
    usual = House()
    with store.reading() as session:
        numbers = session.execute(select(CUSTOMERS.c.customer_id).limit(_SHAPES)).scalars().all()
        most = select(DOMAINS.c.domain).order_by(DOMAINS.c.addresses.desc()).limit(3)
        domains = session.execute(most).scalars().all()
        last = session.exec(
            select(CaseRow.reverse_path)
            .where(col(CaseRow.seeded).is_(False), CaseRow.reverse_path != "")
            .order_by(col(CaseRow.received_at).desc())
            .limit(1)
        ).first()
    internal = settings.register_.internal_domains
    sender = last.rpartition("@")[2] if last else internal[0] if internal else usual.sender_domain
    return House(tuple(numbers) or usual.numbers, tuple(domains) or usual.domains, sender)


def _client(store: Store) -> Client:
    """The machine that the last real case came from."""
    with store.reading() as session:
        last = session.exec(
            select(CaseRow).where(col(CaseRow.seeded).is_(False)).order_by(col(CaseRow.received_at).desc()).limit(1)
        ).first()
    return Client(last.client_address, last.client_helo, None) if last else Client("127.0.0.1", "localhost", None)


def _is_anybodys(store: Store, made: Invention) -> bool:
    """Whether a number or address of the letter is somebody's after all."""
    register = Register(store.engine)
    if register.by_ids([made.customer.customer_id, made.namesake.customer_id]):
        return True
    if any(register.by_address(one.emails[0]) for one in (made.customer, made.namesake)):
        return True
    with store.reading() as session:
        return session.exec(select(UserAddressRow).where(UserAddressRow.address == made.sender)).first() is not None
