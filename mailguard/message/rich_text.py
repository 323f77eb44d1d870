"""RTF (specification 1.9.1) to text: control words fall away, escaped characters come back in the character set of
their font, tables keep their cells, embedded objects are read."""

import re
from dataclasses import dataclass, field, replace

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering
from mailguard.message.office import add_words

_TOKEN = re.compile(r"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|([{}])|[\r\n]+")
_SHOWN = {
    **dict.fromkeys("par line row nestrow sect page column".split(), "\n"),
    **dict.fromkeys("title author operator subject keywords comment doccomm company manager category".split(), "\n"),
    **dict.fromkeys("header headerl headerr headerf footer footerl footerr footerf footnote annotation".split(), "\n"),
    **dict.fromkeys(("cell", "nestcell", "tab"), "\t"),
    "emdash": "\u2014",
    "endash": "\u2013",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "bullet": "\u2022",
    "emspace": " ",
    "enspace": " ",
}
"""Control words that show as something, or begin a text of their own."""
_SYMBOLS = {"*": "\n", "~": " ", "_": "-", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}
_WORDLESS = frozenset(
    "colortbl stylesheet pict themedata colorschememapping datastore latentstyles rsidtbl xmlnstbl listtable "
    "listoverridetable generator fonttbl objdata wgrffmtfilter".split()
)
"""Groups of numbers, names of fonts and styles, and pictures in hexadecimal. Unknown groups are read as text: what one
program leaves out another shows."""
_CODE_PAGES = {77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254"}
_CODE_PAGES |= {177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}
_KNOWN_PAGES = frozenset((437, 850, 852, 865, 866, 874, 932, 936, 949, 950, *range(1250, 1259)))
_MOST_DEEP = 1000
_MOST_OBJECTS = 100


@dataclass(slots=True)
class _Group:
    """What holds until the closing brace."""

    wordless: str = ""
    codec: str = ""
    replaced: int = 1
    """Characters that stand for a Unicode one in old programs (`\\uc`)."""


@dataclass(slots=True)
class _Page:
    """The text so far. Octets are kept until their run ends, since two may be one character."""

    pieces: list[str] = field(default_factory=list)
    octets: bytearray = field(default_factory=bytearray)
    objects: list[list[str]] = field(default_factory=list)

    def end_run(self, codec: str) -> None:
        if self.octets:
            self.pieces.append(self.octets.decode(codec, "replace"))
            self.octets.clear()


def read_rich_text(blob: Blob, into: Gathering, descend: Descend) -> None:
    """The document's words and tables, and the files embedded in it. Linear in the octets. Raises BudgetSpent."""
    page = _read(blob.data.decode("latin-1"))
    text = "".join(page.pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    add_words(blob.path, text.replace("\t\n", "\n"), replace(blob, media_type="application/rtf"), into)
    for number, hexadecimal in enumerate(page.objects[:_MOST_OBJECTS], 1):
        digits = re.sub(r"[^0-9a-fA-F]", "", "".join(hexadecimal))
        data = bytes.fromhex(digits[: len(digits) // 2 * 2])
        into.meter.expand(len(data))
        start = data.find(bytes.fromhex("d0cf11e0a1b11ae1"))  # a short OLE 1.0 header goes before it (MS-OLEDS)
        if start >= 0:
            descend(blob.inside(f"{blob.path}/object {number}", data[start:]))


def _read(source: str) -> _Page:
    page, groups, fonts = _Page(), [_Group(codec="cp1252")], dict[str, str]()
    font, dropped, place = "", 0, 0
    while place < len(source):
        match = _TOKEN.search(source, place)
        literal = source[place : match.start() if match else len(source)]
        group = groups[-1]
        if literal:
            if group.wordless == "objdata":
                page.objects[-1].append(literal)
            elif not group.wordless:
                page.octets += literal[dropped:].encode("latin-1")
            dropped = max(0, dropped - len(literal))
        if match is None:
            break
        place = match.end()
        octet, word, number, symbol, brace = match.groups()
        if octet:
            if dropped:
                dropped -= 1
            elif not group.wordless:
                page.octets.append(int(octet, 16))
            continue
        page.end_run(group.codec)
        dropped = 0
        if brace == "{" and len(groups) < _MOST_DEEP:
            groups.append(replace(group))
        elif brace == "}" and len(groups) > 1:
            groups.pop()
        elif symbol and not group.wordless:
            page.pieces.append(_SYMBOLS.get(symbol, ""))
        elif word == "u" and number:
            if not group.wordless:
                page.pieces.append(chr(int(number) % 0x10000))
            dropped = group.replaced
        elif word == "uc" and number:
            group.replaced = max(0, int(number))
        elif word == "bin" and number:
            place += max(0, int(number))
        elif word in _WORDLESS:
            group.wordless = word
            if word == "objdata":
                page.objects.append([])
        elif word == "ansicpg" and number and int(number) in _KNOWN_PAGES:
            group.codec = fonts[""] = f"cp{number}"
        elif word == "f" and number:
            font = number
            group.codec = fonts.get(number, fonts.get("", group.codec))
        elif word == "fcharset" and number and group.wordless == "fonttbl":
            fonts[font] = _CODE_PAGES.get(int(number), fonts.get("", "cp1252"))
        elif word in _SHOWN and not group.wordless:
            page.pieces.append(_SHOWN[word])
    page.end_run(groups[-1].codec)
    return page
