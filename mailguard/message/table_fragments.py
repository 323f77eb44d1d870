"""Rows and cells that stand in no table: a parser drops their tags, and the cells of a row run into one word.

`<tr><td>PIN</td><td>3317</td></tr>` without `<table>` comes from templates whose frame is added elsewhere, and from
parts cut out of a letter. HTML, section 13.2.6.4.7 ("in body"): the start tags are ignored. Here they are given the
table that their writer meant.
"""

import re

_NAME = r"[tT][aA][bB][lL][eE](?=[\s/>])[^<>]*>?"
_TABLE = re.compile(rf"<(?:!--.*?(?:-->|\Z)|{_NAME}|/{_NAME})", re.DOTALL)
"""Every way begins with a sign of its own: other tags are passed over sooner than with a sign that may be there or
not, or with letters of either case."""
_PIECE = re.compile(r"<(/?)(?:tr|td|th|tbody|thead|tfoot)(?=[\s/>])[^<>]*>?", re.IGNORECASE)
_ROW_OR_CELL = re.compile(r"<t[rdh]", re.IGNORECASE)
_FOLLOWED = re.compile(r"\s*</?(?:tr|td|th|tbody|thead|tfoot)(?=[\s/>])", re.IGNORECASE)
_MOST = 5000
"""Pieces of a text that are looked at; ordinary mail has some dozen tables outside of all others."""


def complete_tables(html: str) -> str:
    """The text with `<table>` and `</table>` around rows and cells outside of every table. Linear."""
    if not _ROW_OR_CELL.search(html):
        return html
    out: list[str] = []
    at = depth = 0
    for found in _TABLE.finditer(html):
        sign = html[found.start() + 1]
        if sign == "!":
            continue
        if depth == 0:
            out.append(_wrap(html[at : found.start()], len(out)))
            at = found.start()
        depth = max(0, depth - 1) if sign == "/" else depth + 1
        if depth == 0:
            out.append(html[at : found.end()])
            at = found.end()
    out.append(html[at:] if depth else _wrap(html[at:], len(out)))
    completed = "".join(out)
    return html if len(completed) == len(html) else completed  # only ever added to


def _wrap(stretch: str, number: int) -> str:
    """A stretch outside of tables, with a table around each run of rows or cells in it."""
    if "<" not in stretch or number > _MOST:
        return stretch
    out: list[str] = []
    at = 0
    begun = False
    for piece in _PIECE.finditer(stretch):
        closing = bool(piece.group(1))
        if not begun and not closing:
            out += (stretch[at : piece.start()], "<table>")
            at, begun = piece.start(), True
        elif begun and closing and not _FOLLOWED.match(stretch, piece.end()):
            out += (stretch[at : piece.end()], "</table>")
            at, begun = piece.end(), False
    out.append(stretch[at:])
    if begun:
        out.append("</table>")
    return "".join(out)
