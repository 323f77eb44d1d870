"""Clients that send until they have their 250, and reviewers that decide on what was held."""

import contextlib
import queue
import smtplib
import threading
import time
import zlib
from collections.abc import Callable
from http.client import HTTPException

from tests.crash.record import Record
from tests.support.guard import GuardProcess
from tests.support.letters import CUSTOMER, SENDER, write_letter

CLIENTS, REVIEWERS = 6, 2
_PATIENCE = 120
_HELD_EVERY, _TOLD_EVERY = 5, 25


def marker_of(number: int) -> str:
    """The word by which a message is known again."""
    return f"marker-{number}-end"


def letter_of(number: int) -> bytes:
    """One in five is held; of those, one in five has a sender who reads what becomes of it."""
    held = number % _HELD_EVERY == 0
    text = "PIN-koodi: 4826" if held else "Terveisin Sanna"
    automatic = {} if number % _TOLD_EVERY == 0 else {"Auto_Submitted": "auto-generated"}
    return write_letter(f"Hei,\n\n{marker_of(number)}\n\n{text}\n", **automatic)


def is_to_be_held(number: int) -> bool:
    """Whether `letter_of` puts a secret into it."""
    return number % _HELD_EVERY == 0


class Traffic:
    """`with Traffic(...) as traffic:` sends what `feed` allows, and decides on what was held."""

    def __init__(self, guard: GuardProcess, token: str, record: Record) -> None:
        self._guard, self._token, self._record = guard, token, record
        self._numbers: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._cases: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._finished: set[str] = set()
        self._stopped = False
        self.fed = 0
        self.failure: BaseException | None = None

    def __enter__(self) -> "Traffic":
        for work, count in ((self._send_all, CLIENTS), (self._decide_all, REVIEWERS)):
            for _ in range(count):
                thread = threading.Thread(target=self._guarded, args=(work,), daemon=True)
                thread.start()
                self._threads.append(thread)
        return self

    def __exit__(self, *raised: object) -> None:
        self._stopped = True
        for _ in range(CLIENTS):
            self._numbers.put(None)
        for _ in range(REVIEWERS):
            self._cases.put(None)
        for thread in self._threads:
            thread.join(timeout=_PATIENCE)

    def feed(self, count: int) -> None:
        """Let so many more messages be sent."""
        for _ in range(count):
            self._numbers.put(self.fed)
            self.fed += 1

    @property
    def done(self) -> bool:
        """Everything that was fed has had its 250, and every case its reviewer."""
        record = self._record
        return record.acknowledged == self.fed and len(record.held) == len(self._finished)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self.failure = error
            raise

    def _send_all(self) -> None:
        client: smtplib.SMTP | None = None
        for number in iter(self._numbers.get, None):
            while not self._stopped:
                try:
                    client = client or self._connect()
                    self._send(client, number)
                    break
                except (OSError, smtplib.SMTPException):
                    if client is not None:
                        client.close()
                    client = None
                    time.sleep(0.05)

    def _connect(self) -> smtplib.SMTP:
        client = smtplib.SMTP("127.0.0.1", self._guard.smtp_port, timeout=_PATIENCE)
        client.ehlo()
        return client

    def _send(self, client: smtplib.SMTP, number: int) -> None:
        """Raises SMTPException for anything but a 250: then it is sent again."""
        for code, answer in (client.mail(SENDER), client.rcpt(CUSTOMER)):
            if code != 250:
                raise smtplib.SMTPResponseException(code, answer)
        marker = marker_of(number)
        self._record.attempt(marker)
        code, answer = client.data(letter_of(number))
        if code != 250:
            if code >= 500:
                self._record.refused.append(f"{marker}: {code} {answer!r}")
            raise smtplib.SMTPResponseException(code, answer)
        text = answer.decode()
        self._record.note_answer(marker, text)
        if marker in self._record.held:
            self._cases.put(self._record.held[marker][0])

    def _decide_all(self) -> None:
        for case_id in iter(self._cases.get, None):
            action = self._action_for(case_id)
            self._record.asked[case_id] = action
            while action != "leave" and not self._stopped:
                # Nobody there, or gone before it answered: a person presses the button again.
                with contextlib.suppress(OSError, HTTPException, ValueError):
                    if self._decide(case_id, action):
                        break
                time.sleep(0.1)
            self._finished.add(case_id)

    def _decide(self, case_id: str, action: str) -> bool:
        body = {"action": action} if action == "approve" else {"action": action, "reason": "the wrong reader"}
        status, answer = self._guard.api("POST", f"/api/v1/cases/{case_id}/decision", self._token, body)
        if status in (200, 409):
            # 409: the answer to an earlier try was lost, for nobody else decides here.
            self._record.decided[case_id] = action, time.monotonic()
        elif status == 404:
            self._record.refused.append(f"{case_id}: {status} {answer}")
        return status in (200, 404, 409)

    @staticmethod
    def _action_for(case_id: str) -> str:
        share = zlib.crc32(case_id.encode()) % 100
        return "approve" if share < 70 else "reject" if share < 85 else "leave"
