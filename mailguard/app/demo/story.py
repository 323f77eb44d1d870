"""The namesake case, told step by step, and then some other letters. Every line is something that really happened."""

import asyncio
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from mailguard.app.demo import letters
from mailguard.app.demo.letters import Scene
from mailguard.app.demo.stage import Actor, Stage
from mailguard.app.report_folder import report_folder
from mailguard.cases.reading import open_body
from mailguard.core.errors import MailguardError
from mailguard.report.facts import report_week
from mailguard.report.week import week_of
from mailguard.report.write import write_report

_PATIENCE = 60.0
"""Seconds to wait for the release worker or the letter writer; they usually need one."""


class StoryError(MailguardError):
    """A step did not go as it must: the demo is a test, too."""


class Story:
    """Plays on a stage and tells what happens."""

    def __init__(self, stage: Stage, console: Console) -> None:
        self._stage, self._console = stage, console
        self._step = 0

    async def play(self) -> None:
        """From the first letter to the audit trail. Raises StoryError when something goes otherwise than told."""
        await self._ordinary_letter()
        namesake = await self._namesake_letter()
        await self._sender_tries_to_approve(namesake)
        await self._supervisor_rejects(namesake)
        await self._corrected_letter()
        await self._credentials()
        await self._other_letters()
        self._audit_trail()
        self._weekly_report()

    async def _ordinary_letter(self) -> None:
        self._say("Sanna sends order papers of customer 1001, Matti Virtanen of Espoo, to his own address")
        answer = await self._send(letters.ORDINARY)
        self._expect(answer.startswith("250") and "held" not in answer, answer)
        await self._wait_for(lambda: self._stage.sink.to(letters.RIGHT_ADDRESS), "the letter did not arrive")
        self._tell("It passed at once: that answer is the next hop's own, and the letter is there.")

    async def _namesake_letter(self) -> str:
        self._say("A day later she picks the wrong Matti Virtanen in her address book: same name, another town")
        answer = await self._send(letters.NAMESAKE)
        case = await self._held(answer)
        for reason in case["reasons"]:
            self._tell(f"[yellow]{escape(reason['text'])}[/yellow]")
        relation = case["recipients"][0]["relation"]
        self._expect(relation == "namesake", "the namesake was not seen")
        self._tell(f"Relation of the recipient to customer 1001: [yellow]{relation}[/yellow]. Nothing has left.")
        self._expect(not self._stage.sink.to(letters.NAMESAKE_ADDRESS), "the wrong reader has got the letter")
        case_id: str = case["id"]
        return case_id

    async def _sender_tries_to_approve(self, case_id: str) -> None:
        self._say("Sanna is a supervisor herself, and tries to approve her own letter")
        status, said = await self._decide(case_id, self._stage.seller, "approve", "I know what I am doing")
        self._expect(status == 403, f"status {status}")
        self._tell(f"[red]403[/red] {escape(str(said.get('detail', '')))}")

    async def _supervisor_rejects(self, case_id: str) -> None:
        self._say("Sven, a second person, compares the two customers and rejects")
        reason = "Wrong Matti Virtanen: the order is of customer 1001 in Espoo, this address is of 2044 in Tampere."
        status, said = await self._decide(case_id, self._stage.supervisor, "reject", reason)
        self._expect(status == 200, f"status {status}: {said}")
        sink = self._stage.sink
        await self._wait_for(
            lambda: [m for m in sink.to(letters.SELLER) if b"Wrong Matti" in m.raw], "the sender was not told"
        )
        self._tell("Sanna gets a short letter with the reason, and without a word of the content.")

    async def _corrected_letter(self) -> None:
        self._say("She sends it to the address on record instead")
        before = len(self._stage.sink.to(letters.RIGHT_ADDRESS))
        answer = await self._send(letters.ORDINARY)
        self._expect("held" not in answer, answer)
        await self._wait_for(
            lambda: len(self._stage.sink.to(letters.RIGHT_ADDRESS)) > before, "the letter did not arrive"
        )
        self._tell("It passed.")

    async def _credentials(self) -> None:
        self._say("Now the customer's user name, password and PIN, to the right address: a credential is always held")
        case = await self._held(await self._send(letters.CREDENTIALS))
        for finding in case["findings"]:
            self._tell(f"{finding['kind']}: {escape(finding['masked'])} ({escape(finding['part'])})")
        shown = str(case)
        self._expect(letters.PASSWORD not in shown, "the password is shown")
        status, said = await self._decide(case["id"], self._stage.supervisor, "approve", "he asked for it by telephone")
        self._expect(status == 200, f"status {status}: {said}")
        secret = letters.PASSWORD.encode()
        sink = self._stage.sink
        await self._wait_for(
            lambda: [m for m in sink.to(letters.RIGHT_ADDRESS) if secret in m.raw], "the approved letter did not arrive"
        )
        arrived = next(m for m in sink.to(letters.RIGHT_ADDRESS) if secret in m.raw)
        stamp, _, judged = arrived.raw.split(b"\r\n", 2)
        self._expect(judged == open_body(self._stage.guard.store, case["id"]), "what arrived is not what was judged")
        shown = escape(stamp.decode("ascii", "replace"))
        self._tell(f"Sven approved; it arrived to the byte as it was judged, under one more header block: {shown}")

    async def _other_letters(self) -> None:
        self._say("Other letters of the day")
        for scene in (letters.TYPO, letters.BULK):
            case = await self._held(await self._send(scene))
            self._tell(f"held: {scene.title}: [yellow]{escape(case['reasons'][0]['text'])}[/yellow]")
        for scene in letters.HARMLESS:
            answer = await self._send(scene)
            self._expect("held" not in answer, f"{scene.title}: {answer}")
            self._tell(f"passed: {scene.title}")

    def _audit_trail(self) -> None:
        self._say("Every step is in the audit trail")
        store = self._stage.guard.store
        with store.reading() as session:
            entries, bad = store.audit.verify(session)
        self._expect(bad is None, f"entry {bad}")
        self._tell(f"{entries} entries, the chain is whole.")

    def _weekly_report(self) -> None:
        self._say("On Monday ops gets the weekly report; here is this week's so far")
        guard = self._stage.guard
        self._stage.started.observer.flush()
        zone = ZoneInfo(guard.settings.report.time_zone)
        figures = report_week(guard.store, week_of(guard.store.clock(), zone).name, guard.settings)
        for file in write_report(figures, report_folder(guard.settings)):
            self._tell(escape(file.name))
        week = figures.this
        self._expect((week.held, week.rejected, week.approved) == (4, 1, 1), f"the report says {week.held} held")
        self._tell(
            f"{week.seen} messages seen, {week.passed} passed, {week.held} held, {week.wrong_recipient} leak avoided."
        )

    async def _send(self, scene: Scene) -> str:
        answer = await self._stage.send(scene)
        self._tell(f"[dim]{escape(letters.SELLER)} -> {escape(scene.to)}:[/dim] {escape(answer)}")
        return answer

    async def _held(self, answer: str) -> dict[str, Any]:
        self._expect("held for approval as" in answer, f"not held: {answer}")
        case_id = answer.rsplit(" ", 1)[1]
        status, case = await self._stage.ask("GET", f"/cases/{case_id}", self._stage.supervisor)
        self._expect(status == 200, f"status {status}")
        found: dict[str, Any] = case
        return found

    async def _decide(self, case_id: str, actor: Actor, action: str, reason: str) -> tuple[int, dict[str, Any]]:
        body = {"action": action, "reason": reason}
        return await self._stage.ask("POST", f"/cases/{case_id}/decision", actor, body)

    async def _wait_for(self, condition: Callable[[], object], problem: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                while not condition():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StoryError(problem) from None

    def _expect(self, fact: bool, problem: str) -> None:
        if not fact:
            raise StoryError(f"step {self._step}: {problem}")

    def _say(self, text: str) -> None:
        self._step += 1
        self._console.print(f"\n[bold]{self._step}. {escape(text)}[/bold]")

    def _tell(self, text: str) -> None:
        # Padded, so that what goes on in a second line stands under the first.
        self._console.print(Padding(text, (0, 0, 0, 3), expand=False))
