"""Office documents that are ZIPs of XML: Office Open XML (ECMA-376) and OpenDocument (ISO 26300). Their words,
cells and notes."""

import re
import zipfile
import zlib
from itertools import groupby

from lxml import etree  # type: ignore[import-untyped]

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering
from mailguard.message.tables import MOST_ROWS, unroll

_WANTED = re.compile(
    r"(word|ppt|xl|visio)/.*\.xml|content\.xml|styles\.xml|docProps/.*\.xml|meta\.xml|customXml/.*\.xml", re.IGNORECASE
)
_BORING = re.compile(
    r"(theme|styles|fontTable|webSettings|settings|numbering|printerSettings|slideLayouts|slideMasters)", re.IGNORECASE
)
_SHEETS = re.compile(r"xl/worksheets/")
"""Not `content.xml` of OpenDocument: it holds the notes of its cells too."""
_BLOCKS = frozenset({"p", "h", "tr", "row", "table-row", "br", "cr", "line-break", "si", "comment", "list-item"})
_CELLS = frozenset({"tc", "table-cell", "covered-table-cell"})
_TABS = frozenset({"tab"})
_EMBEDDED = re.compile(r"(word|ppt|xl)/embeddings/|Object \d+/|(word|xl)/afchunk|altChunk", re.IGNORECASE)


_WORDLESS = re.compile(
    r".*/|.*\.(xml|rels|vml|bin|xsl|rdf|png|jpe?g|jfif|gif|tiff?|bmp|ico|svg|emf|wmf|wdp|webp|odttf|ttf|fntdata|dat|sig)"
    r"|(word|ppt|xl|visio)/media/.*|Pictures/.*|mimetype|ObjectReplacements/.*|Thumbnails/.*|layout-cache|_xmlsignatures/.*",
    re.IGNORECASE,
)
"""What else stands in an office document: relations, pictures, fonts, settings. All other members are files of their
own and are read as such."""


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
    members = {member.filename: member for member in archive.infolist()}
    for name in sorted(members, key=lambda name: (name != "xl/sharedStrings.xml", name)):
        if members[name].flag_bits & 1 or (sheets_read and _SHEETS.match(name)):
            continue
        try:
            if _EMBEDDED.match(name) or not _WORDLESS.fullmatch(name):
                descend(
                    blob.inside(f"{blob.path}/{name}", _unpack(archive, members[name], into), name.rpartition("/")[2])
                )
            elif _WANTED.fullmatch(name) and not (_BORING.search(name) and name != "styles.xml"):
                root = _parse(_unpack(archive, members[name], into))
                if name == "xl/sharedStrings.xml":
                    shared = ["".join(item.itertext()) for item in root]
                elif name.startswith("xl/worksheets/"):
                    _read_sheet(f"{blob.path}/{name.rpartition('/')[2]}", root, shared, blob, into)
                    continue
                add_words(f"{blob.path}/{name}", _words(root), blob, into)
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
            into.unreadable(f"{blob.path}/{name}", "a part of the office document cannot be read")


def _note_encryption(blob: Blob, archive: zipfile.ZipFile, into: Gathering) -> None:
    """OpenDocument, part 2, section 4.5: the manifest names the encrypted streams."""
    if b"encryption-data" in _unpack(archive, archive.getinfo("META-INF/manifest.xml"), into):
        into.trouble("encrypted", blob.path, "the attachment is a password-protected office document")


def add_words(path: str, words: str, blob: Blob, into: Gathering) -> None:
    """Text whose cells are parted by TAB, and beside it its tables as `header: value` lines. Raises BudgetSpent."""
    into.add(path, blob.role, words, blob.media_type, blob.file_name)
    rows = [[" ".join(cell.split()) for cell in line.split("\t")] for line in words.split("\n")]
    tables = [list(rows) for tabbed, rows in groupby(rows, key=lambda row: len(row) > 1) if tabbed]
    unrolled = "\n\n".join(lines for table in tables if (lines := unroll(table)))
    into.add(f"{path}#table", blob.role, unrolled, blob.media_type, blob.file_name)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, into: Gathering) -> bytes:
    room = into.meter.left_to_expand
    with archive.open(member) as stream:
        data = stream.read(room + 1)
    into.meter.expand(len(data))
    return data


def _parse(data: bytes) -> etree._Element:
    """XML without entities, DTD or network: neither XXE nor an entity bomb."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=False
    )
    return etree.fromstring(data, parser)


def _words(root: etree._Element) -> str:
    """Text of a document part: paragraphs and rows by line break, cells by TAB."""
    pieces: list[str] = []
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
                if key.rpartition("}")[2] in ("descr", "title", "author") and value
            ]
        else:
            if name in _BLOCKS:
                pieces.append("\n")
            elif name in _CELLS:
                pieces.append("\t")
            if element.tail:
                pieces.append(element.tail)
    text = "".join(pieces)
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
