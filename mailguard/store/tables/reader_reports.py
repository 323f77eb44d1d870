"""What wrong readers and the staff report."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, LargeBinary
from sqlmodel import Field, SQLModel

from mailguard.store.columns import moment


class ReaderReportRow(SQLModel, table=True):
    """Somebody says: a letter came to me that was not meant for me. Or one of the staff: this may be a leak."""

    __tablename__ = "reader_reports"

    id: int | None = Field(default=None, primary_key=True)
    state: str
    """`unproved`, `proved`, `triage` (a person looks at it), `opened` (a breach came of it), `dismissed`."""
    channel: str
    """`page`, `mailbox` or `staff`."""
    address: str
    """The reader's, to which code and questions go; of the staff's reports theirs."""
    canonical: str = Field(index=True)
    language: str
    seed: str
    """Link and code are made from it with a derived key and are not stored (`core.letter_code`)."""
    link_digest: str = Field(index=True)
    code_digest: str
    tries: int = 0
    message_ref: str = ""
    """Which letter it was, as the reporter says: a subject or a Message-ID; what the staff want traced."""
    received_at: datetime = moment(index=True)
    expires_at: datetime = moment()
    """Until then the code is taken."""
    proved_at: datetime | None = moment(nullable=True)
    by: str = ""
    """Which of the staff reported it."""
    breach_id: str | None = None
    question: str = ""
    """What triage has asked the reporter."""
    question_at: datetime | None = moment(nullable=True)
    dismissal: str = ""
    """Why it was dismissed."""
    traced: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Earlier letters to the address when it was proved: their number, days and case ids, and whose they were."""
    deletion_asked_at: datetime | None = moment(nullable=True)
    deletion_answer: str | None = None
    """`deleted`, `not_yet`, `refused`."""
    deletion_answered_at: datetime | None = moment(nullable=True)


class ReaderWordsRow(SQLModel, table=True):
    """What a reporter has said, once for each time they said something. Sealed: people quote the letter."""

    __tablename__ = "reader_words"
    __table_args__ = (Index("ix_reader_words_report", "report_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(sa_column=Column(ForeignKey("reader_reports.id", ondelete="CASCADE"), nullable=False))
    at: datetime = moment(index=True)
    channel: str
    network: str
    """Where it came from, as far as it counts as one guesser (`store.guessing`); empty for the mailbox."""
    lettered: bool
    """A letter with the code went out for it: letters are counted here."""
    key_id: str
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
