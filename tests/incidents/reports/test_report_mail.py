"""Mail to the reports' mailbox: who is answered, who is not, and that nothing in a header can break it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.envelope import Envelope
from mailguard.core.part import Letter, Part, PartRole
from mailguard.core.settings import Settings
from mailguard.incidents.reports.intake import Submission
from mailguard.incidents.reports.mail import is_for_mailbox, read_submission
from mailguard.incidents.reports.words import LONGEST_WORDS
from mailguard.message.read import read_letter
from tests.support.letters import write_letter

MAILBOX, READER = "privacy@operator.example", "reader@mail.example"
SETTINGS = Settings(register={"internal_domains": ["operator.example"]}, incidents={"address": MAILBOX})


def said(reverse_path: str = READER, **headers: str) -> Submission | None:
    """What a mail from the reader comes to."""
    raw = write_letter("It was not for me.", sender=f"Reader <{READER}>", to=MAILBOX, subject="Wrong")
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    raw = fields.encode() + raw
    return read_submission(Envelope(reverse_path, (MAILBOX,)), read_letter(raw), SETTINGS)


@pytest.mark.parametrize(
    ("recipients", "wanted"),
    [((MAILBOX,), True), ((MAILBOX.upper(),), True), ((MAILBOX, READER), False), ((READER,), False), ((), False),
     (("privacy+x@operator.example",), False), (("privacy@operator.example.evil.example",), False)],
)  # fmt: skip
def test_only_mail_to_it_alone_is_the_mailboxes(recipients: tuple[str, ...], wanted: bool) -> None:
    """Beside any other recipient a message is judged like all mail."""
    assert is_for_mailbox(Envelope(READER, recipients), SETTINGS) is wanted


def test_an_address_elsewhere_opens_no_way_out() -> None:
    """Where the configured address is of no own domain, or none is configured, everything is judged."""
    for incidents in ({"address": "reports@partner.example"}, {}):
        settings = Settings(register={"internal_domains": ["operator.example"]}, incidents=incidents)
        assert not is_for_mailbox(Envelope(READER, ("reports@partner.example",)), settings)


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "Auto-Generated; x=y"}, {"List_Id": "<l.example>"},
     {"Precedence": "Bulk"}, {"List_Unsubscribe": "<mailto:u@l.example>"}, {"X_Loop": "x"}],
)  # fmt: skip
def test_machines_are_not_answered(headers: dict[str, str]) -> None:
    """RFC 3834: what is automatic, a list's or of nobody makes no report."""
    assert said(**headers) is None
    assert said("") is None
    assert said(Auto_Submitted="no") is not None


def test_what_is_read() -> None:
    """The header's address even where the reverse-path was rewritten; subject, text, language, the answered letter."""
    found = said("SRS0=x=y@forwarder.example", Content_Language="fi-FI", In_Reply_To="<order-1@operator.example>")
    assert found
    assert (found.address, found.language, found.message_ref) == (READER, "fi", "<order-1@operator.example>")
    assert found.words.strip() == "Wrong\n\nIt was not for me."
    other = said(Content_Language="xx")
    assert other
    assert (other.language, other.message_ref) == ("en", "Wrong")


@given(
    st.lists(st.tuples(st.sampled_from(["From", "References", "Auto-Submitted", "Content-Language"]), st.text())),
    st.text(),
)
def test_no_header_breaks_it(headers: list[tuple[str, str]], text: str) -> None:
    """Whatever a stranger writes, it comes to a bounded submission with one address, or to nothing."""
    letter = Letter(text, "", tuple(headers), (Part("body.1", PartRole.BODY, text * 500),))
    found = read_submission(Envelope(READER, (MAILBOX,)), letter, SETTINGS)
    if found is not None:
        assert len(found.words) <= LONGEST_WORDS
        assert found.address.count("@") == 1
        assert "\n" not in found.address
