"""Office documents that are ZIPs of XML: Office Open XML (ECMA-376) and OpenDocument (ISO 26300). Their words,
cells and notes."""

import html as entities
import re
import zipfile
import zlib

from lxml import etree  # type: ignore[import-untyped]

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering
from mailguard.message.sniff import sniff
from mailguard.message.tabbed import add_words
from mailguard.message.tables import MOST_ROWS, unroll

_WORDLESS_ROOTS = frozenset(
    "Types styles stylesWithEffects styleSheet theme themeOverride fonts settings webSettings numbering manifest "
    "document-settings datastoreItem presentationPr viewPr tblStyleLst calcChain metadata".split()
)
"""Outermost elements of parts without words of their own: fonts, styles, the types of the other parts. Not the name of
a part tells it, which may be any (ECMA-376, part 2)."""
_SHARED = "xl/sharedStrings.xml"
_SHEETS = re.compile(r"xl/worksheets/")
"""Not `content.xml` of OpenDocument: it holds the notes of its cells too."""
_BLOCKS = frozenset(
    {"p", "h", "tr", "row", "table-row", "br", "cr", "line-break", "si", "comment", "list-item", "pt", "text", "div"}
)
_CELLS = frozenset({"tc", "table-cell", "covered-table-cell"})
_TABS = frozenset({"tab"})
_EMBEDDED = re.compile(r"(word|ppt|xl)/embeddings/|Object \d+/|(word|xl)/afchunk|altChunk", re.IGNORECASE)


_PICTURES = re.compile(r"(word|ppt|xl|visio)/media/.|Pictures/.", re.IGNORECASE)
_DRAWING = re.compile(r".*\.(emf|wmf)", re.IGNORECASE)
_HIGH_RESOLUTION = re.compile(r".*\.wdp", re.IGNORECASE)
"""Copies of pictures before an effect was put on them; no program shows them."""
_WORDLESS = re.compile(
    r".*/|.*\.(bin|png|jpe?g|jfif|gif|tiff?|bmp|ico|emf|wmf|wdp|webp|odttf|ttf|fntdata|dat|sig)"
    r"|(word|ppt|xl|visio)/media/.*|Pictures/.*|mimetype|ObjectReplacements/.*|Thumbnails/.*|layout-cache|_xmlsignatures/.*",
    re.IGNORECASE,
)
"""What else stands in an office document: pictures, fonts, settings of printers. All other members are files of their
own and are read as such; and so are these when they are text."""
_XML = re.compile(r".*\.(xml|rels|vml|xsl|rdf)", re.IGNORECASE)
_NEVER_TEXT = re.compile(r".*printerSettings[^/]*|mimetype", re.IGNORECASE)
_HEAD = 400
_MARGIN = re.compile(rb"<(?:\w+:)?headerFooter[\s>].*?</(?:\w+:)?headerFooter>", re.DOTALL)
_CODE = re.compile(r"&(?:&|\"[^\"]*\"|K[0-9A-Fa-f]{6}|\d+|[A-Z])")
"""Of fonts, sizes and places in the head of a sheet (ECMA-376, part 1, section 18.3.1.46)."""


def _is_picture(name: str, into: Gathering) -> bool:
    return into.wants_pictures and bool(_PICTURES.match(name)) and not _HIGH_RESOLUTION.fullmatch(name)


def _is_drawing(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether it is a metafile, whose texts are read though nobody reads pictures."""
    if not _DRAWING.fullmatch(member.filename):
        return False
    with archive.open(member) as stream:
        return sniff(stream.read(_HEAD), "", None) == "image"


def is_office(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is an office document."""
    names = set(archive.namelist())
    # XPS and 3MF have a [Content_Types].xml too; they are read as the ZIP files that they are.
    known = any(name.lower().startswith(("word/", "ppt/", "xl/", "visio/")) for name in names)
    return ("[Content_Types].xml" in names and known) or ("mimetype" in names and "content.xml" in names)


def read_office(
    blob: Blob, archive: zipfile.ZipFile, into: Gathering, descend: Descend, sheets_read: bool = False
) -> None:
    """All parts of the document that hold words; embedded files are read like attachments. Raises BudgetSpent."""
    if "META-INF/manifest.xml" in archive.namelist():
        _note_encryption(blob, archive, into)
    shared: list[str] = []
    for member in sorted(archive.infolist(), key=lambda one: (one.filename != _SHARED, one.filename)):
        name = member.filename
        if member.flag_bits & 1:
            continue
        is_read = sheets_read and _SHEETS.match(name)
        path = f"{blob.path}#margins" if is_read else into.within(blob.path)
        try:
            if is_read:
                into.add(path, blob.role, _margins(_unpack(archive, member, into)), blob.media_type, blob.file_name)
            elif _EMBEDDED.match(name):
                descend(blob.inside(path, _unpack(archive, member, into), name.rpartition("/")[2]))
            elif _XML.fullmatch(name):
                data = _unpack(archive, member, into)
                if not data.strip():
                    continue  # LibreOffice adds an empty list of shortcuts
                if name.endswith(".xml") or data.lstrip().startswith(b"<"):
                    root = _parse(data, mend=not name.endswith(".xml"))
                    shared = ["".join(item.itertext()) for item in root] if name == _SHARED else shared
                    _read_part(path, name, root, shared, blob, into)
                elif sniff(data, "", None) == "text":
                    descend(blob.inside(path, data, name.rpartition("/")[2]))
            elif not _WORDLESS.fullmatch(name) or _is_picture(name, into) or _is_read(archive, member):
                descend(blob.inside(path, _unpack(archive, member, into), name.rpartition("/")[2]))
        except (
            zipfile.BadZipFile,
            zlib.error,
            etree.XMLSyntaxError,
            NotImplementedError,
            RuntimeError,
            OSError,
            EOFError,
            ValueError,
        ):
            into.unreadable(path, "a part of the office document cannot be read")


def _local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _read_part(path: str, name: str, root: etree._Element, shared: list[str], blob: Blob, into: Gathering) -> None:
    """The words of a part of XML; of relations the addresses that lead out of the document."""
    kind = _local(root)
    if kind == "Relationships":
        outside = (each for each in root.iter("{*}Relationship") if each.get("TargetMode") == "External")
        addresses = "\n".join(target for each in outside if (target := each.get("Target")))
        into.add(path, blob.role, addresses, blob.media_type, blob.file_name)
    elif name.startswith("xl/worksheets/"):
        _read_sheet(path, root, shared, blob, into)
    elif kind not in _WORDLESS_ROOTS:
        add_words(path, _words(root), blob, into)


def _is_read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    return _is_drawing(archive, member) or _is_text(archive, member)


def _is_text(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether what is called a picture or font is text."""
    if _NEVER_TEXT.fullmatch(member.filename):
        return False
    with archive.open(member) as stream:
        head = stream.read(_HEAD)
    return bool(head.strip()) and sniff(head, "", None) == "text"


def _margins(sheet: bytes) -> str:
    """Head and foot of a sheet whose cells were read by another reader."""
    written = re.split(r"<[^<>]*>", "".join(found.decode("utf-8", "replace") for found in _MARGIN.findall(sheet)))
    texts = (" ".join(_CODE.sub(" ", entities.unescape(text)).split()) for text in written)
    return "\n".join(dict.fromkeys(text for text in texts if text))


def _note_encryption(blob: Blob, archive: zipfile.ZipFile, into: Gathering) -> None:
    """OpenDocument, part 2, section 4.5: the manifest names the encrypted streams."""
    if b"encryption-data" in _unpack(archive, archive.getinfo("META-INF/manifest.xml"), into):
        into.trouble("encrypted", blob.path, "the attachment is a password-protected office document")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, into: Gathering) -> bytes:
    room = into.meter.left_to_expand
    with archive.open(member) as stream:
        data = stream.read(room + 1)
    into.meter.expand(len(data))
    return data


def _parse(data: bytes, *, mend: bool) -> etree._Element:
    """XML without entities, DTD or network: neither XXE nor an entity bomb.

    `mend`: read on behind faults, which Office itself writes into drawings (VML).
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=False, recover=mend
    )
    root = etree.fromstring(data, parser)
    return etree.Element("nothing") if root is None else root


def _words(root: etree._Element) -> str:
    """Text of a document part: paragraphs and rows by line break, cells by TAB; behind it the addresses of its links,
    and what is only shown under a condition."""
    pieces: list[str] = []
    unseen: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        name = element.tag.rpartition("}")[2]
        if event == "start":
            if name in _TABS:
                pieces.append("\t")
            elif name == "s":
                pieces.append(" ")
            if element.text:
                pieces.append(element.text)
            pieces += [
                value
                for key, value in element.attrib.items()
                if key.rpartition("}")[2] in ("descr", "title", "author", "alt") and value
            ]
            unseen += [
                value
                for key, value in element.attrib.items()
                if (key.endswith("}href") and ":" in value) or key.endswith("}string-value")
            ]
        else:
            if name in _BLOCKS:
                pieces.append("\n")
            elif name in _CELLS:
                pieces.append("\t")
            if element.tail:
                pieces.append(element.tail)
    text = "".join(("".join(pieces), *(f"\n{value}" for value in dict.fromkeys(unseen))))
    return re.sub(r"\n\t(?=\S)", "\t", re.sub(r"\n\t", "\t", text)) if "\n\t" in text else text


def _read_sheet(path: str, root: etree._Element, shared: list[str], blob: Blob, into: Gathering) -> None:
    rows = []
    for row in root.iter("{*}row"):
        rows.append([_cell(cell, shared) for cell in row.iter("{*}c")])
        if len(rows) > MOST_ROWS:
            into.unreadable(path, f"the sheet has more than {MOST_ROWS} rows")
            break
    into.add(path, blob.role, "\n".join("\t".join(row) for row in rows), blob.media_type, blob.file_name)
    into.add(f"{path}#table", blob.role, unroll(rows, headed=True), blob.media_type, blob.file_name)


def _cell(cell: etree._Element, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return " ".join("".join(cell.itertext()).split())
    value = cell.findtext("{*}v") or ""
    if kind == "s" and value.isdigit() and int(value) < len(shared):
        return " ".join(shared[int(value)].split())
    return value
