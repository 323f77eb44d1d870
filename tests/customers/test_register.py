"""Look-ups: one spelling finds another, and a broken database is RegisterError."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from mailguard.core.errors import RegisterError
from mailguard.customers.disputes import dispute, list_disputes, revoke
from mailguard.customers.keys import name_key, pair_key
from mailguard.customers.register import Register
from mailguard.customers.wanted import Wanted
from tests.customers.conftest import Import

ROWS = (
    "1001,Jürgen,Weißkamp,,juergen.weisskamp@gmx.de,,1970-01-02,Ringstr. 5,50667,Köln,DE,jw,,yes",
    "1002,Jurgen,Weisskamp,,jw@web.de,,1980-01-02,Ringstr. 5,50667,Köln,DE,jw,,no",
    "K-0042,Anna-Maria,van der Linden-Bos,Smit,am.linden@gmail.com,,1990-05-06,Plein 9,1018 AB,Amsterdam,NL,aml,,yes",
    "1003,Tor,Ek,,am.linden@gmail.com,,,,,,,,,no",
)


@pytest.fixture
def register(engine: Engine, bring_in: Import) -> Register:
    """A register of four."""
    bring_in(*ROWS)
    return Register(engine)


@pytest.mark.parametrize("written", ["K-0042", "k0042", " K 0042 ", "K.0042"])
def test_numbers_are_found_however_written(written: str, register: Register) -> None:
    """Separators and case of a customer number do not matter."""
    found = register.by_id(written)
    assert found is not None
    assert found.customer_id == "K-0042"


@pytest.mark.parametrize("address", ["AM.Linden@gmail.com", "amlinden+shop@googlemail.com", "a.m.linden@GMAIL.com"])
def test_addresses_are_compared_in_canonical_form(address: str, register: Register) -> None:
    """Case, dots, tags and alias domains are one mailbox; all its holders are found."""
    assert {customer.customer_id for customer in register.by_address(address)} == {"K-0042", "1003"}


@pytest.mark.parametrize(
    "pair",
    [("Anna", "Linden"), ("Maria", "Bos"), ("Anna-Maria", "van der Linden-Bos"), ("Smit", "Anna"), ("LINDEN", "maria")],
)
def test_names_are_found_by_any_part(pair: tuple[str, str], register: Register) -> None:
    """One given name with half a double name, or a former name, in either order."""
    found = register.seek(Wanted(names=[name_key(*pair)], birth_dates=[date(1990, 5, 6)]))
    assert [customer.customer_id for customer in found] == ["K-0042"]


def test_a_name_alone_finds_nobody(register: Register) -> None:
    """Without birth date, postcode or street nothing is looked up: a name is borne by too many."""
    key = pair_key("jurgen", "weisskamp")
    assert register.seek(Wanted(names=[key])) == ()
    assert len(register.seek(Wanted(names=[key], postcodes=["50667"]))) == 2
    assert register.count_name("Juergen", "Weißkamp") == 2


def test_of_too_many_the_same_are_found_each_time(engine: Engine, bring_in: Import) -> None:
    """A letter lists its people as a set, whose order changes from process to process; its verdict must not."""
    numbers = range(300)
    bring_in(*(f"{2000 + n},Anna,Ek,,,,,Ringstr. {n},50667,Köln,DE,u{n},,no" for n in numbers))
    register = Register(engine)
    users = [f"U{n}" for n in numbers]
    found = register.seek(Wanted(usernames=users))
    assert len(found) == 100
    assert register.seek(Wanted(usernames=users[::-1])) == found
    assert register.seek(Wanted(usernames=users[150:] + users[:150])) == found


def test_usernames_and_households(register: Register) -> None:
    """A user name may have two bearers; a household is a street line and postcode."""
    assert len(register.seek(Wanted(usernames=["JW"]))) == 2
    first = register.by_id("1001")
    assert first is not None
    assert [other.customer_id for other in register.by_household(first)] == ["1002"]


def test_disputes_stand_until_revoked(register: Register, engine: Engine) -> None:
    """A dispute about one customer, about all, and its taking back; the register's rows stay."""
    at = datetime(2026, 11, 16, 9, tzinfo=UTC)
    with Session(engine) as session, session.begin():
        dispute(session, "JW@web.de", "1002", "supervisor anna", at)
        dispute(session, "am.linden@gmail.com", None, "a reader", at)
    assert register.memory("jw+x@web.de").disputes == {"1002"}
    assert register.memory("amlinden@gmail.com").disputes == {None}
    assert register.stats().disputed == 2
    with Session(engine) as session, session.begin():
        assert [(entry.address, entry.at) for entry in list_disputes(session)][-1:] == [("JW@web.de", at)]
        assert revoke(session, "jw@web.de", "1002", "admin", at) == 1
    assert register.memory("jw@web.de").disputes == frozenset()
    assert register.by_address("jw@web.de") != ()


def test_statistics(register: Register) -> None:
    """Customers, mailboxes, unconfirmed and shared ones are counted."""
    stats = register.stats()
    assert (stats.customers, stats.addresses, stats.unconfirmed, stats.shared) == (4, 3, 2, 1)


def test_a_broken_database_is_a_register_error(register: Register, engine: Engine) -> None:
    """What the database says must not travel; the client is asked to try again."""
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE customer_emails"))
    with pytest.raises(RegisterError) as caught:
        register.by_address("secret.person@gmail.com")
    assert "secret" not in str(caught.value)
    assert caught.value.smtp_code == 451
