"""An upper estimate of what building the tree of a hostile HTML text would cost.

lexbor follows the HTML standard, whose algorithm is not linear: a block's start walks the stack of open elements,
unclosed formatting elements are cloned into every later block, and attributes of one tag are compared pairwise.
Measured: 40,000 nested `div` take 2.9 s, 2,000 different unclosed `font` 1.9 s, 30,000 attributes of one tag 1.7 s, 500
in each tag of 100 kB 20 ms.
"""

import re
from collections import Counter
from math import isqrt

from mailguard.message.signs import Sign, signs_of

_TAG_NAME = re.compile(rb"<(/?[a-zA-Z][^\s/>]{0,40})")
_FORMATTING = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_FORMATTING_START = re.compile(
    rb"<(?=[abcefinstu])(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?![^\s/>])", re.IGNORECASE
)
"""The letters first: the search passes over most other tags at them."""
_CLOSED_BY_OTHERS = frozenset(
    b"p li tr td th tbody thead tfoot dd dt colgroup body html head "
    b"area base br col embed hr img input link meta param source track wbr keygen frame".split()
)
"""Elements whose end tag may be left out, or that have none; they nest only inside others. Not `option` and `rt`,
which a block in one of them keeps open."""
_RUN = 100
_MOST_CLONES = 1_000_000
_FEW_TAGS = isqrt(_MOST_CLONES)
_MOST_STEPS = 30_000_000
_MOST_ATTRIBUTES = 500
_LONG_TAG = re.compile(rb"<[a-zA-Z][^>]{%d}" % (2 * _MOST_ATTRIBUTES))
_WHOLE_TAG = re.compile(rb"""<[a-zA-Z][^\s/>]*+(?:[^>"']++|"[^"]*+"|'[^']*+'|["'])*+""")
"""It matches at every tag that begins, so that none is looked through again for the next one within it."""
_QUOTED = re.compile(rb""""[^"]*"|'[^']*'""")


def is_too_tangled(html: bytes) -> bool:
    """Whether lexbor could take more than about 0.2 s on this text."""
    tags = html.count(b"<")
    opened = tags - html.count(b"</") if tags > _FEW_TAGS else tags
    if opened * tags <= _MOST_CLONES:  # however they are nested
        return _has_crowded_tag(html)
    # As if none of them were ever closed: in ordinary letters they are few, and the names of all tags take longer.
    if opened * tags <= _MOST_STEPS and len(_FORMATTING_START.findall(html)) * tags <= _MOST_CLONES:
        return _has_crowded_tag(html)
    names = _TAG_NAME.findall(html)
    for measure in (_most_open, _deepest):
        formatting, depth = measure(names)
        if formatting * len(names) <= _MOST_CLONES and depth * len(names) <= _MOST_STEPS:
            return _has_crowded_tag(html)
    return True


def _most_open(names: list[bytes]) -> tuple[int, int]:
    """A cheap upper bound of `_deepest`: within each run of tags, as if all end tags came before all start tags."""
    still_open: dict[bytes, int] = {}
    total = formatting_total = most_formatting = most = 0
    for start in range(0, len(names), _RUN):
        counts = Counter(names[start : start + _RUN])
        before, formatting_before = total, formatting_total
        opened = formatting_opened = 0
        for written, count in counts.items():
            name = written.lower()
            if name[:1] == b"/":
                name = name[1:]
                if written[1:] in counts or not still_open.get(name):
                    continue
                change = -min(still_open[name], count)
            elif name not in _CLOSED_BY_OTHERS:
                opened += count
                formatting_opened += count if name in _FORMATTING else 0
                change = count - min(still_open.get(name, 0), counts.get(b"/" + written, 0))
            else:
                continue
            still_open[name] = still_open.get(name, 0) + change
            total += change
            formatting_total += change if name in _FORMATTING else 0
        most = max(most, before + opened)
        most_formatting = max(most_formatting, formatting_before + formatting_opened)
    return most_formatting, most


def _deepest(names: list[bytes]) -> tuple[int, int]:
    """The most formatting elements and the most elements at all that can be open at once.

    An end tag closes one of its own name.
    """
    steps = {written: _step(written) for written in set(names)}
    still_open = dict.fromkeys((name for name, _, _ in steps.values()), 0)
    formatting = deepest_formatting = depth = deepest = 0
    for name, step, formatting_step in map(steps.__getitem__, names):
        if step > 0 or still_open[name]:
            still_open[name] += step
            depth += step
            formatting += formatting_step
            if depth > deepest:
                deepest = depth
            if formatting > deepest_formatting:
                deepest_formatting = formatting
    return deepest_formatting, deepest


def _step(written: bytes) -> tuple[bytes, int, int]:
    """Name of a tag, and how many elements and formatting elements more are open after it; none where others close
    it."""
    name = written.lower().removeprefix(b"/")
    step = 0 if name in _CLOSED_BY_OTHERS else -1 if written.startswith(b"/") else 1
    return name, step, step if name in _FORMATTING else 0


def _has_crowded_tag(html: bytes) -> bool:
    # Signs that others ask for too, and looks for `>`: 5 us for 30 kB, where finding the ends of all tags takes 110.
    if Sign.QUOTED_END not in signs_of(html) and not _has_long_tag(html):
        return False
    for match in _WHOLE_TAG.finditer(html):
        if match.end() - match.start() > 2 * _MOST_ATTRIBUTES:
            bare = _QUOTED.sub(b" ", match.group())
            if len(bare.replace(b"/", b" ").split()) > _MOST_ATTRIBUTES:
                return True
    return False


def _has_long_tag(html: bytes) -> bool:
    """Whether a tag that may be crowded has no `>` in its values; only behind a long stretch without one."""
    at = 0
    while (end := html.rfind(b">", at, at + 2 * _MOST_ATTRIBUTES)) >= 0:
        at = end + 1
    return len(html) - at > 2 * _MOST_ATTRIBUTES and _LONG_TAG.search(html, at) is not None
