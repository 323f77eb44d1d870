"""The letter's HTML made harmless: what is left of it, and that no finding is ever in it."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.cases.describe import describe_finding
from mailguard.core.finding import FindingKind
from mailguard.desk.letter.html_view import html_view, mask_html
from mailguard.message.html_bodies import read_html_bodies
from mailguard.message.read import read_letter
from tests.desk.held import NAMESAKE, PASSWORD, find, write_mail

_OURS = re.compile(
    r"</?(?:p|div|br|hr|h[1-6]|ul|ol|li|dl|dt|dd|blockquote|pre|code|b|strong|i|em|u|s|sub|sup|small|caption|thead|tbody"
    r"|tfoot|tr|bdi)>|</?(?:table|td|th)(?: (?:col|row)span=\"\d\d?\"){0,2}>"
    r"|<(?:span|mark) class=\"[a-z ]+\"(?: title=\"[^\"<>]*\")?>|</(?:span|mark)>"
)
HOSTILE = [
    "<script>alert(1)</script>x",
    "<img src=x onerror=alert(1) alt='a'>",
    "<svg><style><img title='</style><img src=x onerror=alert(1)>'></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form action=//x><input name=csrf><button>go</button></form>",
    "<a href='javascript:alert(1)'>a</a><a href='//x.example/?p=1#f'>b</a>",
    "<style>@import url(//x)</style><link rel=stylesheet href=//x><base href=//x><meta http-equiv=refresh content=0>",
    "<div style='background:url(//x)' class=x id=y onclick=z>d</div>",
    "<iframe srcdoc='<script>1</script>'></iframe><object data=//x></object><embed src=//x>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>1</script></template><portal src=//x>",
    "<table background=//x><td colspan=2 rowspan=9999999>q",
    "<plaintext><b>",
    "<b <b <b>>>x",
    "<p>\u202egnp.exe \u3164 p\u043est@x.example</p>",
    "<" * 2_000 + "b" * 100,
    "<div>" * 3_000 + "deep",
    "\ud800\x00<p>half",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_only_structure_is_left(source: str) -> None:
    """Whatever the source: nothing but our own elements without any attribute that could act, fetch or lead away."""
    shown = mask_html(source, set())
    if shown is None:
        return
    rest = _OURS.sub("", shown)
    assert "<" not in rest
    assert ">" not in rest
    assert not re.search(r"<[^>]*(?:href|src|style|on\w+|id|action)=", shown)


@given(st.text("<>/=\"' abdivspnoclik!-&;#x0\n", max_size=200))
def test_only_structure_is_left_of_anything(source: str) -> None:
    """The same for random markup."""
    shown = mask_html(source, set())
    assert shown is None or not re.search("[<>]", _OURS.sub("", shown))


def test_links_and_pictures_are_words() -> None:
    """Where a link leads stands behind its text, without the query that may be a login; a picture is its name."""
    shown = mask_html(
        "<a href='https://u:pw@bank.example/log%69n?token=abc#x'>Log in</a> <img src=//x alt='Our logo'>"
        "<a href='mailto:a@b.fi?body=x'>mail</a> <a href='https://x.example/%252525252525252541'>odd</a>",
        set(),
    )
    assert shown is not None
    text = html.unescape(re.sub(r"<[^>]+>", "", shown))
    assert "Log in [https://bank.example/login?…]" in text
    assert "[Our logo]" in text
    assert "mail [mailto:a@b.fi?…]" in text
    assert "odd [https://x.example/…]" in text


_PARTING = st.sampled_from(["", " ", "\n", "<b>", "</b>", "<wbr>", "&#8203;", "&shy;", "&nbsp;", "<i></i>", "<!-- -->"])


@given(st.text("aAbB1-", min_size=3, max_size=10), st.lists(_PARTING, min_size=10, max_size=10), st.booleans())
def test_a_value_is_masked_however_it_is_written(value: str, parting: list[str], as_entities: bool) -> None:
    """Tags, blanks, entities and invisible characters between its letters do not bring a value onto the page."""
    letters = [f"&#{ord(letter)};" if as_entities else letter for letter in value]
    written = "".join(letter + between for letter, between in zip(letters, parting, strict=False))
    shown = mask_html(f"<p>before {written} after</p>", {value}, {value})
    assert shown is not None
    text = "".join(html.unescape(re.sub(r"<[^>]+>", "", shown)).split())
    assert value not in text
    assert "•" in text


@pytest.mark.parametrize(
    "body",
    [
        "<p>Password: <b>{}</b></p>",
        "<p>Password: {}</p><a href='https://x.example/{}'>go</a>",
        "<p>Password: {}</p><a href='https://x.example/Kiel%256ftie-4711'>go</a>",
        "<p>Password: {}</p><img alt='{}'>",
        "<table><tr><th>Password</th><td>Kielo<span>tie</span>-4711</td></table>",
        "<p>Password: Kielotie<!-- x -->-4711</p>",
        "<p>Password: Kiel&#111;tie&#8203;-4711</p>",
    ],
)
def test_what_was_found_is_never_shown(body: str) -> None:
    """The judges' finding is masked in the HTML, in links and pictures too."""
    raw = write_mail(f"Password: {PASSWORD}\n", subject="x", to=NAMESAKE, html=body.replace("{}", PASSWORD)).as_bytes()
    shown = _view(raw)
    if shown is not None:
        text = "".join(html.unescape(re.sub(r"<[^>]+>", "", shown)).split())
        assert PASSWORD not in text
        assert "••••••" in text


def test_no_view_where_a_finding_cannot_be_located() -> None:
    """A value that the reader of the letter sees, and the page would show in pieces, is no view at all."""
    raw = write_mail("see below", subject="x", to=NAMESAKE, html=f"<p>Password: {PASSWORD}</p>").as_bytes()
    letter = read_letter(raw)
    finding = next(iter(find(raw, {PASSWORD: FindingKind.PASSWORD})))
    described = [describe_finding(finding) | {"start": finding.start, "end": finding.end}]
    assert html_view(letter, "body.2.html", "<p>Password: Kielo*tie-4711</p>", described) is None
    assert html_view(letter, "body.2.html", f"<p>{PASSWORD}</p>", [described[0] | {"part": "body.9"}]) is None
    assert html_view(letter, "body.2.html", f"<p>{PASSWORD}</p>", described) is not None


def test_too_large_or_too_tangled_is_not_shown() -> None:
    """A page that takes seconds to build is not built."""
    assert mask_html("<p>x</p>" * 100_000, set()) is None
    assert mask_html("".join(f"<font color={n}><p>" for n in range(2_000)), set()) is None


def _view(raw: bytes) -> str | None:
    letter = read_letter(raw)
    found = find(raw, {PASSWORD: FindingKind.PASSWORD})
    described = [describe_finding(one) | {"start": one.start, "end": one.end} for one in found]
    ((path, source),) = read_html_bodies(raw).items()
    return html_view(letter, path, source, described)
