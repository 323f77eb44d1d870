"""Anchors: found again in any text, and the chain is compared with each."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from mailguard.store.audit.anchor import Anchor, find_anchors, misfits, read_anchor
from mailguard.store.store import Store
from tests.store.audit.tamperings import disarm

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
ONE = Anchor(812, "0123456789abcdef" * 4, AT, "4a0bf5d58889dc59")
LINE = (
    f"mailguard-audit-anchor seq=812 digest={'0123456789abcdef' * 4} at=2026-11-16T09:00:00+00:00 key=4a0bf5d58889dc59"
)


def _add(store: Store, entries: int, act: str = "view") -> Anchor:
    with store.writing() as session:
        for _ in range(entries):
            store.audit.append(session, act, actor="anna", at=store.clock())
        return read_anchor(session, store.clock())


def test_line_is_as_documented() -> None:
    """People and other programs may look for it."""
    assert str(ONE) == LINE


@given(
    seq=st.integers(0, 10**17),
    digest=st.binary(min_size=32, max_size=32),
    at=st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)),
    key=st.binary(min_size=8, max_size=8),
    before=st.text(),
    after=st.text(),
)
def test_anchor_is_found_between_anything(
    seq: int, digest: bytes, at: datetime, key: bytes, before: str, after: str
) -> None:
    """Whatever stands around it, the line gives the same anchor."""
    anchor = Anchor(seq, digest.hex(), at.replace(microsecond=0), key.hex())
    assert find_anchors(f"{before}\n{anchor}\n{after}").anchors == (anchor,)


def _quoted_printable() -> str:
    letter = EmailMessage(policy=SMTP)
    letter.set_content(f"Where the chain ended:\n{LINE}\nääkkösiä", cte="quoted-printable")
    return letter.as_bytes().decode()


@pytest.mark.parametrize(
    "text_with_it",
    [
        f"Nov 16 09:00:00 guard mailguard: {LINE}",
        f"<38>{LINE}\0",
        f'timestamp=2026-11-16T09:00:00Z level=info event="audit anchor" line="{LINE}"',
        f'{{"event": "audit anchor", "line": "{LINE}"}}',
        f"<p>ended: <code>{LINE}</code>. Keep</p>",
        "> " + LINE.replace(" ", "\n> "),
        LINE.replace(" ", "\r\n "),
        _quoted_printable(),
        f"{LINE}\n{LINE}",
    ],
)
def test_anchor_is_found_in_files_of_any_kind(text_with_it: str) -> None:
    """Syslog, logs, a saved page, a quoted, wrapped or encoded mail; twice is once."""
    found = find_anchors(text_with_it)
    assert (found.anchors, found.broken) == ((ONE,), ())


@pytest.mark.parametrize(
    ("old", "new"), [("digest=0", "digest=x"), ("812", "8I2"), ("2026-11", "2026-13"), (" key", ""), ("cdef at", "at")]
)
def test_damaged_anchor_is_told_by_its_line(old: str, new: str) -> None:
    """A line that began as an anchor is not passed over."""
    found = find_anchors(f"first\n{LINE.replace(old, new, 1)}\nlast")
    assert (found.anchors, found.broken) == ((), (2,))


def test_chain_leads_to_every_anchor_of_its_past(any_store: Store) -> None:
    """Of the empty chain, of each moment since, and of now."""
    anchors = [_add(any_store, entries) for entries in (0, 3, 1, 5)]
    with any_store.reading() as session:
        assert [anchor.seq for anchor in anchors] == [0, 3, 4, 9]
        assert misfits(session, anchors) == []


def test_truncation_past_an_anchor_is_found(any_store: Store) -> None:
    """The end cut off and the head set back: the chain is whole, and the anchors behind the cut do not fit."""
    early, late = _add(any_store, 4), _add(any_store, 4)
    disarm(any_store)
    with any_store.writing() as session:
        digest = session.execute(text("SELECT digest FROM audit WHERE seq = 5")).scalar_one()
        session.execute(text("DELETE FROM audit WHERE seq > 5"))
        session.execute(text(f"UPDATE audit_head SET seq = 5, digest = '{digest}'"))
    with any_store.reading() as session:
        assert any_store.audit.verify(session) == (5, None)
        assert misfits(session, [early, late]) == [(late, "entry 8 is missing: the chain ends at 5")]
    # And grown again to the old length, by acts that anybody can make the guard write:
    _add(any_store, 10, "login")
    with any_store.reading() as session:
        assert any_store.audit.verify(session) == (15, None)
        assert [anchor for anchor, _ in misfits(session, [early, late])] == [late]
