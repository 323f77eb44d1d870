"""XFA forms in PDF files (XML Forms Architecture 3.3): what the form's template says, and what was filled in.

Such a document shows its form in place of its pages, which only ask to wait. The form is XML in packets of its own.
"""

import binascii
import ctypes
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress

import pypdfium2
import pypdfium2.raw as pdfium
from lxml import etree  # type: ignore[import-untyped]

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering

_FORMS = (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
_MOST_PACKETS = 100
_ENDS = frozenset({"preamble", "postamble"})
"""Packets that are the two tags around all others."""
_UNSEEN = frozenset(
    "script submit uri bind config localeSet connectionSet sourceSet stylesheet xmpmeta dataDescription picture".split()
)
"""Elements that no form shows: programs, addresses, looks, schemes of the data, properties of the file."""
_FIELDS = frozenset({"field", "exclGroup"})
_WHOLE = frozenset({"caption", "value", "exData"})
"""Elements whose words are one text, with elements of XHTML within."""
_BLOCKS = frozenset({"p", "div", "br", "li"})
_XHTML = "{http://www.w3.org/1999/xhtml}"
_LONGEST_CAPTION = 200


def read_form(document: pypdfium2.PdfDocument, blob: Blob, into: Gathering, descend: Descend) -> None:
    """Add the words of the document's XFA form, and read the pictures in it. Raises BudgetSpent.

    A form that cannot be had is a trouble.
    """
    if document.get_formtype() not in _FORMS:
        return
    roots = _parse(list(_packets(document, into)))
    if not roots:
        into.unreadable(blob.path, "the form in the PDF file cannot be read")
    captions = {name: caption for root in roots for name, caption in _captions(root)}
    pictures: list[bytes] = []
    lines = [line for root in roots for line in _tell(root, captions, pictures)]
    into.add(f"{blob.path}#form", blob.role, "\n".join(lines), "application/pdf", blob.file_name)
    for data in pictures:
        into.meter.expand(len(data))
        descend(blob.inside(into.within(blob.path), data))


def _packets(document: pypdfium2.PdfDocument, into: Gathering) -> Iterator[tuple[str, bytes]]:
    """Name and octets of each; no octets where PDFium cannot have them. Raises BudgetSpent."""
    for index in range(min(pdfium.FPDF_GetXFAPacketCount(document), _MOST_PACKETS + 1)):
        size = pdfium.FPDF_GetXFAPacketName(document, index, None, 0)
        name = ctypes.create_string_buffer(max(1, size))
        pdfium.FPDF_GetXFAPacketName(document, index, name, size)
        length = ctypes.c_ulong()
        pdfium.FPDF_GetXFAPacketContent(document, index, None, 0, length)
        into.meter.expand(length.value)
        content = ctypes.create_string_buffer(max(1, length.value))
        pdfium.FPDF_GetXFAPacketContent(document, index, content, length.value, length)
        yield name.value.decode("utf-8", "replace"), content.raw[: length.value]


def _parse(packets: list[tuple[str, bytes]]) -> list[etree._Element]:
    """The packets as the one document that they are together, else each by itself; none where one of them is broken."""
    if len(packets) > _MOST_PACKETS or not all(octets for _, octets in packets):
        return []
    try:
        return [_root(b"".join(octets for _, octets in packets))]
    except (etree.XMLSyntaxError, ValueError):
        pass
    try:
        return [_root(octets) for name, octets in packets if name not in _ENDS]
    except (etree.XMLSyntaxError, ValueError):
        return []


def _root(octets: bytes) -> etree._Element:
    """XML without entities, DTD or network."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(octets, parser)


def _captions(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Name and caption of each field."""
    for field in root.iter(*(f"{{*}}{name}" for name in _FIELDS)):
        if (name := field.get("name")) and (caption := _caption(field)):
            yield name, caption


def _caption(field: etree._Element) -> str:
    found = field.find("{*}caption")
    text = "" if found is None else " ".join(_words(found).split()).rstrip(": ")
    return text if len(text) <= _LONGEST_CAPTION else ""


def _tell(element: etree._Element, captions: Mapping[str, str], pictures: list[bytes]) -> Iterator[str]:
    """A line for each text, and for each field its caption, or else its name, before its value."""
    name = _local(element)
    if name in _UNSEEN or _take_picture(element, pictures):
        return
    if name == "datasets":
        for data in element.iterchildren("{*}data"):
            yield from _tell_data(data, captions, pictures)
        return
    if name in _WHOLE:
        for image in element.iter("{*}image"):
            _take_picture(image, pictures)
    if name in _FIELDS and (value := element.find("{*}value")) is not None and (text := _words(value).strip()):
        label = _caption(element) or captions.get(element.get("name", ""), element.get("name", ""))
        yield f"{label}: {text}"
    if name in _WHOLE or not len(element):
        if text := _words(element).strip():
            yield text
        return
    for child in element:
        yield from _tell(child, captions, pictures)


def _tell_data(element: etree._Element, captions: Mapping[str, str], pictures: list[bytes]) -> Iterator[str]:
    """What was filled in: a line for each value, in an element or in an attribute (part 1, "Exchanging Data")."""
    if _take_picture(element, pictures):
        return
    name = _local(element)
    for key, value in element.attrib.items():
        if not key.startswith("{") and value.strip():
            yield f"{captions.get(key, key)}: {value}"
    values = [child for child in element if not child.tag.startswith(_XHTML)]
    text = (element.text or "") + "".join(child.tail or "" for child in element) if values else _words(element)
    if text.strip():
        yield f"{captions.get(name, name)}: {text.strip()}"
    for child in values:
        yield from _tell_data(child, captions, pictures)


def _take_picture(element: etree._Element, pictures: list[bytes]) -> bool:
    """Whether the element holds a picture, as base64; it is taken along."""
    said = next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == "contentType"), "")
    if _local(element) != "image" and not said.lower().startswith("image/"):
        return False
    with suppress(binascii.Error, ValueError):
        if data := b64decode(element.text or ""):
            pictures.append(data)
    return True


def _words(element: etree._Element) -> str:
    """The text of an element and of all within it."""
    name = _local(element)
    if name in _UNSEEN or name == "image":
        return ""
    inner = "".join(_words(child) + (child.tail or "") for child in element)
    return (element.text or "") + inner + ("\n" if name in _BLOCKS else "")


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
