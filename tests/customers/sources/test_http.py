"""Real HTTP servers as sources: paging, errors, and answers that are slow, endless or hostile."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from mailguard.core.errors import SourceError
from mailguard.core.settings.sources import HttpSource
from mailguard.customers.sources import http
from mailguard.customers.sources.http import open_pages
from tests.customers.sources.fetching import Waits, fetch
from tests.support.certificate import make_certificate
from tests.support.web import serve_app, serve_bytes

TOKEN = "a-secret-token"
PEOPLE = [
    {"id": 1000 + number, "name": {"first": "Matti", "last": "Virtanen"}, "emails": [f"m{number}@post.example"]}
    for number in range(25)
]
COLUMNS = {"id": "customer_id", "name.first": "first_name", "name.last": "last_name"}
SIZE = 10

app = FastAPI()
asked: list[str] = []
"""Paths and logins of every request, as they came."""


def page(offset: int) -> list[dict[str, Any]]:
    """One page."""
    return PEOPLE[offset : offset + SIZE]


@app.middleware("http")
async def remember(request: Request, answer: Any) -> Response:
    """Note what was asked for."""
    asked.append(f"{request.url.path} {request.headers.get('authorization', '')}")
    given: Response = await answer(request)
    return given


@app.get("/link")
def by_link(offset: int = 0) -> Response:
    """The list alone, and the next page in the Link header."""
    more = {"Link": f'</link?offset={offset + SIZE}>; rel="next", </link>; rel="first"'} if page(offset + SIZE) else {}
    return JSONResponse(page(offset), headers=more)


@app.get("/address")
def by_address(offset: int = 0) -> dict[str, Any]:
    """The next page's address in the answer, without host."""
    return {
        "data": {"customers": page(offset)},
        "links": {"next": f"/address?offset={offset + SIZE}" if page(offset + SIZE) else None},
    }


@app.get("/cursor")
def by_cursor(after: int = 0, active: bool = False) -> dict[str, Any]:
    """A cursor; the other parameters of the address must stay."""
    assert active
    return {"items": page(after), "after": after + SIZE if page(after + SIZE) else ""}


@app.get("/elsewhere")
def elsewhere(to: str) -> dict[str, Any]:
    """A next page that is somewhere else."""
    return {"items": page(0), "next": to}


@app.get("/ring")
def ring(place: int = 0) -> dict[str, Any]:
    """Pages that go round."""
    return {"items": page(0), "next": f"/ring?place={(place + 1) % 3}"}


@app.get("/nothing")
def nothing(place: int = 0) -> dict[str, Any]:
    """Empty pages without end."""
    return {"items": [], "next": f"/nothing?place={place + 1}"}


@app.get("/breaks")
def breaks(place: int = 0) -> Response:
    """The third page is an error."""
    if place == 2:
        return JSONResponse({"error": "Matti Virtanen is locked"}, 500)
    return JSONResponse({"items": page(0), "next": f"/breaks?place={place + 1}"})


@app.get("/busy")
def busy() -> Response:
    """Asks for patience twice."""
    if len(asked) < 3:
        return Response(status_code=503, headers={"Retry-After": "7"})
    return JSONResponse(page(0))


@app.get("/status/{status}")
def status(status: int) -> Response:
    """Any answer."""
    return Response(status_code=status, content=b"[]")


@app.get("/moved")
def moved() -> Response:
    """A redirect."""
    return RedirectResponse("/link")


@app.get("/packed")
def packed() -> Response:
    """An answer that is packed although nobody asked for that."""
    return Response(b"\x1f\x8b", headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})


@app.get("/body")
def body(text: str) -> Response:
    """Any body."""
    return Response(text, media_type="application/json")


@app.get("/deep")
def deep() -> Response:
    """Nested beyond any parser's depth."""
    return Response("[" * 200_000, media_type="application/json")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The interface, on loopback."""
    with serve_app(app) as served:
        yield served


@pytest.fixture(autouse=True)
def _nothing_asked() -> None:
    asked.clear()


def source(port: int, path: str, **values: Any) -> HttpSource:
    """A source at that path."""
    usual = {"name": "crm", "kind": "http", "url": f"http://127.0.0.1:{port}{path}", "columns": COLUMNS}
    return HttpSource.model_validate(usual | values)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/link", {}),
        ("/address", {"items": "data.customers", "next": "links.next"}),
        ("/cursor?active=true", {"items": "items", "next": "after", "cursor_parameter": "after"}),
    ],
)
def test_all_pages_come(port: int, path: str, values: dict[str, Any]) -> None:
    """Link header, address in the answer, cursor: each way gives every customer once, nested values too."""
    rows = fetch(source(port, path, **values))
    assert [row["id"] for row in rows] == [str(person["id"]) for person in PEOPLE]
    assert rows[3]["name.first"] == "Matti"
    assert rows[3]["emails"] == "m3@post.example"
    assert rows[3]["phone"] == ""
    assert len(asked) == 3


def test_token_goes_with_every_page(port: int, tmp_path: Path) -> None:
    """The token of the file is sent as a bearer token, on each page."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    fetch(source(port, "/link", token_file=file))
    assert asked == [f"/link Bearer {TOKEN}"] * 3


@pytest.mark.parametrize(
    "to",
    [
        "http://localhost:9/",
        "https://127.0.0.1/",
        "http://127.0.0.1:1/",
        "//evil.example/page",
        "http://127.0.0.1.evil.example/",
        "file:///etc/passwd",
        "http://user@127.0.0.1:{port}/link",
        "http://[::1]/",
        "http://169.254.169.254/latest/",
    ],
)
def test_the_next_page_is_never_on_another_server(port: int, tmp_path: Path, to: str) -> None:
    """Whatever the answer says, neither token nor request goes anywhere else."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    bad = source(port, "/elsewhere", items="items", next="next", token_file=file)
    bad = bad.model_copy(update={"url": f"{bad.url}?to={to.format(port=port)}"})
    with pytest.raises(SourceError, match=r"page 1: the next page.*(another server|cannot be read)"):
        fetch(bad)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("path", "values", "says"),
    [
        ("/ring", {"items": "items", "next": "next"}, "page 5 is one that was fetched already"),
        ("/nothing", {"items": "items", "next": "next"}, "page 11: more than 10 pages on end were empty"),
        ("/breaks", {"items": "items", "next": "next"}, "page 3: the server answers 500"),
        ("/status/401", {}, "page 1: the server answers 401: look at token_file"),
        ("/status/404", {}, "page 1: the server answers 404"),
        ("/status/204", {}, "page 1: the server answers 204"),
        ("/moved", {}, "answers 307: write the address that it redirects to"),
        ("/packed", {}, "is packed"),
        ("/deep", {}, "is no JSON"),
        ("/body?text=nothing", {}, "is no JSON"),
        ("/body?text={}", {}, "no list of customers at the top"),
        ('/body?text={"a":{"b":[]}}', {"items": "a.c"}, "no list of customers at a.c"),
        ('/body?text=["Matti"]', {}, "no list of customers"),
        ('/body?text={"items":[],"next":{"x":1}}', {"items": "items", "next": "next"}, "neither an address nor"),
        ('/body?text=[{"id":{"Matti":1}}]', {}, "item 1: a dict where text is expected"),
    ],
)
def test_trouble_is_told_without_the_answer(port: int, path: str, values: dict[str, Any], says: str) -> None:
    """Each kind of trouble ends the sync with its own words, and none of them quotes a customer."""
    with pytest.raises(SourceError, match=says) as caught:
        fetch(source(port, path, **values))
    assert "Matti" not in str(caught.value)


def test_a_busy_server_is_waited_for(port: int) -> None:
    """503 with Retry-After is waited out, and the page is asked for again."""
    waits = Waits()
    with open_pages(source(port, "/busy"), wait=waits) as rows:
        assert len(list(rows.rows())) == SIZE
    assert waits.seconds == [7.0, 7.0]


def test_patience_has_an_end(port: int) -> None:
    """A server that is always busy is trouble after four tries, each wait longer than the one before."""
    waits = Waits()
    with open_pages(source(port, "/status/429"), wait=waits) as rows, pytest.raises(SourceError, match="429"):
        list(rows.rows())
    assert waits.seconds == [2.0, 4.0, 8.0]


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body without end is left at the limit of its size."""
    monkeypatch.setattr(http, "_PAGE_OCTETS", 1_000_000)

    def answer(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
        while True:
            client.sendall(b" " * 65536)

    with serve_bytes(answer) as port, pytest.raises(SourceError, match="page 1: is larger than"):
        fetch(source(port, "/"))


def test_a_dripping_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends an octet now and then is left when the page's time is over."""
    monkeypatch.setattr(http, "_PAGE_SECONDS", 0.2)

    def answer(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while client.send(b" "):
            pass

    with serve_bytes(answer) as port, pytest.raises(SourceError, match="did not come whole within"):
        fetch(source(port, "/"))


def test_a_silent_server_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever for the first octet."""
    monkeypatch.setattr(http, "_TIMEOUT", 0.2)

    def listen(client: socket.socket) -> None:
        client.recv(1)

    with serve_bytes(listen) as port, pytest.raises(SourceError, match="in time"):
        fetch(source(port, "/"))


@pytest.mark.parametrize(
    "raw",
    [
        b"Matti Virtanen\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nMatti\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"",
    ],
)
def test_a_broken_answer_is_trouble_without_its_text(raw: bytes) -> None:
    """What is no HTTP, and what ends before its length, changes nothing and is not quoted."""
    with serve_bytes(lambda client: client.sendall(raw)) as port, pytest.raises(SourceError) as caught:
        fetch(source(port, "/"))
    assert "page 1: the answer broke off" in str(caught.value)
    assert "Matti" not in str(caught.value)


def test_certificates_are_verified(tmp_path: Path) -> None:
    """A certificate that nobody vouches for, or for another host, is refused; one of `ca_file` is taken."""
    certificate, key = make_certificate(tmp_path)
    with serve_app(app, certificate=(str(certificate), str(key))) as port:
        mine = source(port, "/link").model_copy(update={"url": f"https://localhost:{port}/link"})
        with pytest.raises(SourceError, match="CERTIFICATE_VERIFY_FAILED"):
            fetch(mine)
        trusted = mine.model_copy(update={"ca_file": certificate})
        assert len(fetch(trusted)) == len(PEOPLE)
    other, key = make_certificate(tmp_path, "other.example")
    with serve_app(app, certificate=(str(other), str(key))) as port:
        elsewhere = trusted.model_copy(update={"ca_file": other, "url": f"https://localhost:{port}/link"})
        with pytest.raises(SourceError, match="CERTIFICATE_VERIFY_FAILED"):
            fetch(elsewhere)
    with pytest.raises(SourceError, match="cannot be used"):
        fetch(trusted.model_copy(update={"ca_file": tmp_path / "gone"}))


def test_nobody_there(port: int) -> None:
    """A closed port is told as one."""
    with pytest.raises(SourceError, match="page 1: the server cannot be reached"):
        fetch(source(9, "/"))


def test_keys_with_dots_go_before_paths(port: int) -> None:
    """Where a key itself has dots, it is that key that is meant."""
    text = json.dumps([{"id": 1, "name.first": "Kaisa", "name": {"first": "Matti", "last": "X"}}])
    (row,) = fetch(source(port, f"/body?text={text}"))
    assert (row["name.first"], row["name.last"]) == ("Kaisa", "X")
