"""Some 800 hostile strings on every page and in every letter, in real Chromium: nothing runs, nothing leaves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, Route

from mailguard.core.case import CaseState
from mailguard.core.settings import Settings
from mailguard.notices.compose import compose
from mailguard.notices.digest.letter import compose_digest
from mailguard.notices.digest.waiting import Digest, Done, Waiting
from mailguard.notices.facts import CaseFacts
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock
from tests.desk.attack.hostile import FIELDS, hold_strings, put_incident, put_own_texts
from tests.desk.attack.strings import strings
from tests.desk.window import Desk, Visit, chromium, desk  # noqa: F401 - fixtures
from tests.notices.outbox import parsed

ALL = strings()
KINDS = ("held", "rejected", "returned", "released", "undeliverable", "withdrawn", "expired", "dealt_with", "question")
LANGUAGES = ("en", "fi", "sv", "pl", "nl", "de")
_FRAMES = 60
_HARNESS = "http://letters.example/"
_NOT_OURS = (
    "script:not([src^='/static/']), object, embed, style, base, link:not([href^='/static/']), video, audio, portal"
    ", meta[http-equiv], iframe:not([src*='/html/']), [onclick], [onerror], [onload], [onfocus], [style], math, marquee"
    ", a[href^='javascript' i], a[href^='data' i], form[action^='javascript' i], [formaction], svg animate, svg set"
)
_LOOK = f'document.querySelectorAll("{_NOT_OURS}").length'


class Watch:
    """What ran, and what was asked for elsewhere, in one browser context."""

    def __init__(self, context: BrowserContext, own: str) -> None:
        self.ran: list[str] = []
        self.strayed: list[str] = []
        self.refused: list[str] = []
        self._own = own
        context.expose_binding("__xss", lambda source, *_: self.ran.append(source["frame"].url))
        context.on("request", self._note)
        context.on("dialog", self._dismiss)
        context.on("console", lambda message: self._read(message.text))
        context.on("weberror", lambda error: self.refused.append(str(error.error)))
        context.route(lambda url: not url.startswith(own), lambda route: route.abort())

    def _dismiss(self, dialog: Dialog) -> None:
        self.ran.append("dialog")
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self._own, "about:")):
            self.strayed.append(request.url)

    def _read(self, text: str) -> None:
        if "Content Security Policy" in text or "script" in text.lower():
            self.refused.append(text)


def test_no_page_runs_what_it_shows(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """Cases, files, the HTML view, thread, queue, search, views, account, incidents; and the sender's own pages."""
    store = desk.store
    groups = list(_batched(ALL, FIELDS))
    cases = [hold_strings(store, group) for group in groups]
    breach = put_incident(store, Settings(), [text for text in ALL if text.isprintable()][:40])
    put_own_texts(store, "sofia", [text for text in ALL if text.isprintable() and len(text) < 38][:60])
    visit = Visit(chromium, desk.url)
    watch = Watch(visit.context, desk.url)
    visit.log_in("sofia")
    paths = [f"/cases/{case_id}?letter=html" for case_id in cases]
    paths += [f"/cases/{case_id}/files/1" for case_id in cases[::12]]
    paths += [
        "/cases",
        "/cases?state=all",
        "/cases?state=held&sort=newest",
        "/account",
        "/breaches",
        f"/breaches/{breach}",
    ]
    paths += [
        f"/breaches/{breach}/drafts",
        f"/breaches/{breach}/drafts/authority/en",
        "/leak-reports",
        "/leak-reports/1",
    ]
    paths += ["/coaching", "/trace", "/delegations", "/register/pairs", "/reports"]
    paths += [f"/cases?{urlencode({'q': text, 'sender': text, 'team': text})}" for text in ALL[::100]]
    paths += [f"/trace?{urlencode({'q': text, 'address': text})}" for text in ALL[::200]]
    paths += [f"/nothing?{urlencode({text: text})}" for text in ALL[::200]]
    for path in paths:
        answer = visit.page.goto(desk.url + path, wait_until="load")
        assert answer is not None
        assert answer.status < 500, path
        assert visit.page.evaluate(_LOOK) == 0, path
    visit.context.close()
    own = Visit(chromium, desk.url)
    watched = Watch(own.context, desk.url)
    own.log_in("anna")
    for path in ("/mine", *(f"/mine/{case_id}" for case_id in cases[::8])):
        answer = own.page.goto(desk.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        assert own.page.evaluate(_LOOK) == 0, path
    own.context.close()
    for each in (watch, watched):
        assert each.ran == []
        assert each.strayed == []
        assert each.refused == []


def test_no_letter_runs_what_it_tells(chromium: Browser, clock: TurnableClock) -> None:  # noqa: F811
    """Every string in reason, answer, names and addresses of letters and digests, without any policy to help."""
    letters = [html for number, texts in enumerate(_batched(ALL, 4)) for html in _letters(number, texts, clock)]
    with _frames(chromium, letters) as watch:
        assert watch.ran == []
        assert watch.strayed == []


def test_the_strings_would_run(chromium: Browser) -> None:  # noqa: F811
    """Taken for markup, they do run and do fetch: the watch sees what it is there to see."""
    with _frames(chromium, ALL[::3]) as watch:
        assert len(watch.ran) > 60
        assert len({url for url in watch.strayed if "evil.example" in url}) > 5


@contextmanager
def _frames(chromium: Browser, texts: list[str]) -> Iterator[Watch]:  # noqa: F811
    """Each in a frame of its own, many on a page, with scripts allowed."""
    context = chromium.new_context()
    watch = Watch(context, _HARNESS)
    for group in _batched(texts, _FRAMES):
        page: Page = context.new_page()
        frames = "".join(f'<iframe srcdoc="{escape(one)}"></iframe>' for one in group)
        page.route(f"{_HARNESS}*", _serving(frames))
        page.goto(_HARNESS, wait_until="load")
        page.wait_for_timeout(50)
        page.close()
    yield watch
    context.close()


def _serving(frames: str) -> Callable[[Route], None]:
    body = f"<!DOCTYPE html><meta charset=utf-8>{frames}".encode("utf-8", "replace")

    def serve(route: Route) -> None:
        # What a text asks of its own place is not there.
        route.fulfill(body=body, content_type="text/html") if route.request.url == _HARNESS else route.abort()

    return serve


def _letters(number: int, texts: list[str], clock: TurnableClock) -> Iterator[str]:
    settings = Settings(
        notices={"language": LANGUAGES[number % 6]}, desk={"public_url": "https://desk.operator.example"}
    )
    reasons = ("namesake", "credential")
    facts = CaseFacts(
        case_id="MG-7K4M-92QT",
        state=CaseState.REJECTED,
        received_at=clock(),
        sender=texts[0],
        message_id=texts[0],
        recipients=tuple((text, reasons) for text in texts),
        reasons=reasons,
        decision_reason=" ".join(texts),
        answer=texts[-1],
        turned_away=tuple(texts[:1]),
        refused=tuple(texts),
    )
    row = NoticeRow(
        id=7,
        kind=KINDS[number % len(KINDS)],
        to="sofia@operator.example",
        case_id=facts.case_id,
        details={"by": texts[0]},
        created_at=clock(),
    )
    yield _html(compose(row, facts, settings))
    if number % 2 == 0:
        waiting = tuple(Waiting("MG-7K4M-92QT", 2, one, clock(), clock(), reasons) for one in texts)
        told = Digest(4, waiting, (Done("MG-7K4M-92QT", CaseState.REJECTED, texts[0]),))
        yield _html(compose_digest(row.model_copy(update={"kind": "digest"}), told, settings))


def _html(raw: bytes) -> str:
    part = parsed(raw).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def _batched(texts: list[str], size: int) -> Iterator[list[str]]:
    return (texts[start : start + size] for start in range(0, len(texts), size))
