"""The case page in real headless Chromium: HTML in its frame, files, and hostile text in every field of a letter."""

import pytest
from playwright.sync_api import Browser, expect

from mailguard.cases.reading import read_case
from tests.desk.held import NAMESAKE, PASSWORD, PIN
from tests.desk.letter.held import hold_everywhere, hold_papers, hold_pretender
from tests.desk.window import Desk, Visit, chromium, desk  # noqa: F401 - fixtures

_RUN = "document.title='owned'"
HOSTILE = [
    f"<script>{_RUN}</script>",
    f'"><script>{_RUN}</script>',
    f"<img src=//evil.example/x onerror={_RUN}>",
    f"<img src=x onerror={_RUN}>",
    f'"><svg onload="{_RUN}">',
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    f"<svg><set attributeName=href to=javascript:{_RUN}>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror={_RUN}>'>",
    f"<svg></p><style><a id='</style><img src=x onerror={_RUN}>'>",
    f"<noscript><p title='</noscript><img src=x onerror={_RUN}>'>",
    f"<template><script>{_RUN}</script></template>",
    f"<iframe srcdoc='<script>parent.{_RUN}</script>'></iframe>",
    f"<iframe src=javascript:parent.{_RUN}></iframe>",
    f'<object data="javascript:{_RUN}"></object><embed src=//evil.example/e>',
    f'<a href="javascript:{_RUN}" autofocus onfocus={_RUN}>x</a>',
    f"<details open ontoggle={_RUN}><summary>x",
    f"<video><source onerror={_RUN} src=//evil.example/v></video><audio src=//evil.example/a autoplay>",
    f"<body onload={_RUN} background=//evil.example/bg>",
    f"<form action=javascript:{_RUN}><input autofocus onfocus={_RUN}><button>x",
    f"<isindex type=image src=1 onerror={_RUN}>",
    f"<marquee onstart={_RUN}>x</marquee>",
    "<style>@import '//evil.example/i.css'; *{background:url(//evil.example/s)} @font-face{src:url(//evil.example/f)}",
    "<link rel=stylesheet href=//evil.example/l.css><link rel=prefetch href=//evil.example/p><base href=//x>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'><meta http-equiv=Set-Cookie content='mailguard=x'>",
    "<div style='background-image:url(//evil.example/d);position:fixed;inset:0'>over everything</div>",
    "</title></textarea></style></script></xmp></noscript></template></iframe><img src=//evil.example/z>",
    "<input type=hidden name=csrf value=x form=decide><button form=decide name=action value=approve>",
    f'\\"-{_RUN}-\\"\';{_RUN}//`${{{_RUN}}}`',
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}{% raw %}",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;&#60;script&#62;",
    f"\u202e<script>{_RUN}</script>\u2066\u2069\u200f",
    f"<scr\x00ipt>{_RUN}</scr\x00ipt>",
    f"\ufeff<\u017fcript>{_RUN}</\u017fcript>\uff1cscript\uff1e{_RUN}\uff1c/script\uff1e",
    f"<!--><script>{_RUN}</script>--><![CDATA[<script>{_RUN}</script>]]>",
    f'<x onclick={_RUN} tabindex=1 id=main class=decision style=position:fixed>x<x id="constructor"><a id=body>',
    f"data:text/html,<script>{_RUN}</script> javascript:{_RUN} vbscript:x",
    "<img srcset='//evil.example/1x 1x' src='//evil.example/0'><picture><source srcset=//evil.example/p></picture>",
    "<portal src=//evil.example/></portal><frameset><frame src=//evil.example/></frameset><applet code=x>",
    f"<select><option><style></select><img src=x onerror={_RUN}></style>",
]
_FOREIGN = (
    "main script:not([src^='/static/']), main svg, main object, main embed, main style, main base, main link, main meta"
    ", main video, main img:not([src^='/static/']), main iframe:not([src*='/html/']), main [onclick], main [onerror]"
    ", main [onload], main [style]"
)
_LOOK = f'document.querySelectorAll("{_FOREIGN}").length'
"""How many elements there are that no page of ours has."""


def test_hostile_text_in_every_field(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """Subject, names, addresses, bodies, HTML, file names and contents: no script runs and no request leaves."""
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    refused: list[str] = []
    visit.page.on("console", lambda message: refused.append(message.text))
    for text in HOSTILE:
        case_id = hold_everywhere(desk.store, text)
        # The frame is within the first of them, with a browsing context of its own.
        for path in ("?letter=html", "/files/1"):
            answer = visit.page.goto(f"{desk.url}/cases/{case_id}{path}", wait_until="load")
            assert answer is not None
            assert answer.status == 200
            assert visit.page.title().endswith("· mailguard"), text
            assert visit.page.evaluate(_LOOK) == 0, text
            assert visit.fits(), text
    visit.context.close()
    assert visit.strayed == []
    assert [line for line in refused if "Content Security Policy" in line or "script" in line] == []


def test_html_in_its_frame(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """The letter's structure, styled by our sheet, masked, without a link; the frame has no origin."""
    case_id = hold_papers(desk.store)
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    page = visit.page
    page.goto(f"{desk.url}/cases/{case_id}")
    assert page.locator("iframe").count() == 0, "text is what one sees first"
    page.get_by_role("link", name="HTML", exact=True).click()
    page.wait_for_url("**?letter=html*")
    frame = page.frame_locator("iframe")
    # The frame comes after the page that it stands in.
    expect(frame.get_by_role("heading", name="Your order 7731")).to_be_visible()
    expect(frame.locator("td .mask")).to_have_count(2)
    expect(frame.get_by_text("[https://my.operator.example/login?…]")).to_be_visible()
    assert frame.locator("a, img, form, input, iframe, svg, [style], [background]").count() == 0
    inner = next(one for one in page.frames if one.url.endswith("/html/1"))
    shown = inner.content()
    assert PASSWORD not in shown
    assert PIN not in shown
    # A frame without an origin is not told how it looks by scripts, so its own sheet is asked for by the parent's eyes.
    box = frame.locator("td").first.bounding_box()
    assert box is not None
    assert box["height"] > 20, "the sheet was loaded: a cell has its padding"
    visit.picture("letter-html")
    visit.context.close()
    assert visit.strayed == []
    looks = [entry.details.get("part") for entry in read_case(desk.store, case_id).history if entry.act == "view part"]
    assert looks == ["body.1.2.html"]


def test_names_that_pretend(chromium: Browser, desk: Desk) -> None:  # noqa: F811
    """Another address in a name is warned about; letters that only look Latin say what they are."""
    visit = Visit(chromium, desk.url)
    visit.log_in("sofia")
    page = visit.page
    page.goto(f"{desk.url}/cases/{hold_pretender(desk.store)}")
    warning = page.locator(".alert.pretending")
    assert "virtanen.mikko@post.example" in warning.inner_text()
    assert NAMESAKE in warning.inner_text()
    named = page.locator(".compare", has_text="xn--pst-sed").locator(".named mark")
    titles = [mark.get_attribute("title") for mark in named.all()]
    assert titles == [
        "CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I (U+0456) ≈ i",
        "CYRILLIC SMALL LETTER A (U+0430) ≈ a",
    ]
    visit.picture("pretender")
    visit.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (375, "dark")])
def test_the_letter_s_pages_fit(chromium: Browser, desk: Desk, width: int, scheme: str) -> None:  # noqa: F811
    """Screen and phone: nothing sticks out of the case page, a file's page or the frame."""
    case_id = hold_papers(desk.store)
    visit = Visit(chromium, desk.url, viewport={"width": width, "height": 800}, color_scheme=scheme)
    visit.log_in("sofia")
    for path in ("", "?letter=html", "/files/1", "/html/1"):
        visit.page.goto(f"{desk.url}/cases/{case_id}{path}")
        assert visit.fits(), path
        visit.picture(f"letter{path.replace('/', '-').replace('?', '-')}-{scheme}")
    visit.context.close()
