"""RTF (specification 1.9.1) to text: control words fall away, escaped characters come back in the character set of
their font, tables keep their cells, embedded objects and pictures are taken out."""

import re
import struct
from dataclasses import dataclass, field, replace

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering
from mailguard.message.tabbed import add_words

_TOKEN = re.compile(r"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|([{}])|[\r\n]+")
_ASIDE = frozenset(
    "title author operator subject keywords comment doccomm company manager category "
    "header headerl headerr headerf footer footerl footerr footerf footnote annotation".split()
)
"""Texts that stand beside the one in whose midst they are written."""
_SHOWN = {
    **dict.fromkeys("par line row nestrow sect page column".split(), "\n"),
    **dict.fromkeys(_ASIDE, "\n"),
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
    "colortbl stylesheet themedata colorschememapping datastore latentstyles rsidtbl xmlnstbl listtable "
    "listoverridetable generator fonttbl objdata wgrffmtfilter".split()
)
"""Groups of numbers, names of fonts and styles, and pictures in hexadecimal. Unknown groups are read as text: what one
program leaves out another shows."""
_CODE_PAGES = {77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254"}
_CODE_PAGES |= {177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}
_KNOWN_PAGES = frozenset((437, 850, 852, 865, 866, 874, 932, 936, 949, 950, *range(1250, 1259)))
_MOST_DEEP = 1000
_MOST_OBJECTS = 100
_PICTURE_FORMATS = frozenset("pngblip jpegblip emfblip wmetafile dibitmap wbitmap macpict pmmetafile".split())
_TWIPS_PER_INCH = 1440


@dataclass(slots=True)
class _Group:
    """What holds until the closing brace."""

    wordless: str = ""
    is_aside: bool = False
    is_second: bool = False
    """Beside a picture stands a second one, for old programs."""
    codec: str = ""
    replaced: int = 1
    """Characters that stand for a Unicode one in old programs (`\\uc`)."""

    def inner(self) -> "_Group":
        """What holds at the opening brace of one within it. `dataclasses.replace` takes five times as long."""
        return _Group(self.wordless, self.is_aside, self.is_second, self.codec, self.replaced)


@dataclass(slots=True)
class _Drawn:
    """A picture: its octets in hexadecimal, and the size at which it is shown, in twips."""

    hexadecimal: list[str] = field(default_factory=list)
    octets: list[str] = field(default_factory=list)
    """Those that come as they are (the control word `bin`), as Latin-1."""
    kind: str = ""
    width: int = 0
    height: int = 0


@dataclass(slots=True)
class _Page:
    """The text so far. Octets are kept until their run ends, since two may be one character."""

    pieces: list[str] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)
    """Notes, and groups that only some programs show: a bookmark stands amid a word as often as not."""
    octets: bytearray = field(default_factory=bytearray)
    objects: list[list[str]] = field(default_factory=list)
    pictures: list[_Drawn] = field(default_factory=list)

    def add(self, text: str, group: _Group) -> None:
        (self.asides if group.is_aside else self.pieces).append(text)

    def end_run(self, group: _Group) -> None:
        if self.octets:
            self.add(self.octets.decode(group.codec, "replace"), group)
            self.octets.clear()


def read_rich_text(blob: Blob, into: Gathering, descend: Descend) -> None:
    """The document's words and tables, and the files embedded in it. Linear in the octets. Raises BudgetSpent."""
    page = _read(blob.data.decode("latin-1"))
    text = "".join((*page.pieces, *page.asides)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    add_words(blob.path, text.replace("\t\n", "\n"), replace(blob, media_type="application/rtf"), into)
    for drawn in page.pictures if into.wants_pictures else ():
        _read_drawn(drawn, blob, into, descend)
    for hexadecimal in page.objects[:_MOST_OBJECTS]:
        data = _octets(hexadecimal)
        into.meter.expand(len(data))
        start = data.find(bytes.fromhex("d0cf11e0a1b11ae1"))  # a short OLE 1.0 header goes before it (MS-OLEDS)
        if start >= 0:
            descend(blob.inside(into.within(blob.path), data[start:]))


def _describe(drawn: _Drawn, group: _Group, word: str | None, number: str | None, symbol: str | None) -> None:
    """Take a control word or symbol within a picture."""
    if symbol == "*":
        group.wordless = "properties"
    elif word in _PICTURE_FORMATS:
        drawn.kind = word or ""
    elif word == "picwgoal" and number:
        drawn.width = abs(int(number))
    elif word == "pichgoal" and number:
        drawn.height = abs(int(number))


def _octets(hexadecimal: list[str]) -> bytes:
    digits = re.sub(r"[^0-9a-fA-F]", "", "".join(hexadecimal))
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _read_drawn(drawn: _Drawn, blob: Blob, into: Gathering, descend: Descend) -> None:
    data = "".join(drawn.octets).encode("latin-1") or _octets(drawn.hexadecimal)
    if not data:
        return
    if drawn.kind == "wmetafile":  # comes without the header of a file, which tells the size
        width, height = (min(side, 0x7FFF) for side in (drawn.width, drawn.height))
        size = struct.pack("<hhhhH", 0, 0, width, height, _TWIPS_PER_INCH)
        data = b"\xd7\xcd\xc6\x9a\0\0" + size + bytes(6) + data
    elif drawn.kind == "dibitmap":
        data = b"BM" + (14 + len(data)).to_bytes(4, "little") + bytes(8) + data
    into.meter.expand(len(data))
    descend(blob.inside(into.within(blob.path), data))


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
            elif group.wordless == "pict":
                page.pictures[-1].hexadecimal.append(literal)
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
        page.end_run(group)
        dropped = 0
        if brace == "{" and len(groups) < _MOST_DEEP:
            groups.append(group.inner())
        elif brace == "}" and len(groups) > 1:
            groups.pop()
        elif symbol and not group.wordless:
            group.is_aside = group.is_aside or symbol == "*"
            page.add(_SYMBOLS.get(symbol, ""), group)
        elif word == "u" and number:
            if not group.wordless:
                page.add(chr(int(number) % 0x10000), group)
            dropped = group.replaced
        elif word == "uc" and number:
            group.replaced = max(0, int(number))
        elif word == "bin" and number and group.wordless:  # elsewhere it would hide text from us alone
            if group.wordless == "pict":
                page.pictures[-1].octets.append(source[place : place + max(0, int(number))])
            place += max(0, int(number))
        elif word == "pict":
            group.wordless = "seen" if group.is_second and page.pictures else "pict"
            if group.wordless == "pict":
                page.pictures.append(_Drawn())
        elif group.wordless == "pict":
            _describe(page.pictures[-1], group, word, number, symbol)
        elif word == "nonshppict":
            group.is_second = True
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
            group.is_aside = group.is_aside or word in _ASIDE
            page.add(_SHOWN[word], group)
    page.end_run(groups[-1])
    return page
