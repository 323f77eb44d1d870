"""Forms in PDF files whose words stand in XML (XFA)."""

import base64
from collections.abc import Callable

import pytest

from mailguard.core.part import Letter
from mailguard.message.budget import Budget
from mailguard.message.pictures import write_png
from tests.message.writing import LINE, SECRET, all_text, text_of
from tests.support.pdf import join_objects

Read = Callable[..., Letter]

TEMPLATE = (
    '<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/"><subform name="form1">'
    "<draw><value><exData contentType='text/html'><body xmlns='http://www.w3.org/1999/xhtml'>"
    "<p>Tervetuloa <b>asiakkaaksi</b></p><p>Kiitos</p></body></exData></value></draw>"
    '<field name="T1"><caption><value><text>Salasana:</text></value></caption>'
    "<assist><toolTip>Vaihda heti</toolTip></assist>"
    '<event activity="click"><script>var unseen = 1;</script></event></field>'
    '<field name="T2"><caption><value><text>Tunnus</text></value></caption><value><text>matti.v</text></value></field>'
    "</subform></template>"
)
DATASETS = (
    '<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form1>'
    f'<T1>{SECRET}</T1><PUK code="88112233"/><note><body xmlns="http://www.w3.org/1999/xhtml"><p>Hei</p></body></note>'
    "</form1></xfa:data></xfa:datasets>"
)
ENDS = ('<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">', "</xdp:xdp>")


def xfa(entry: str, *packets: str) -> bytes:
    """A document with a form: its entry XFA, and the streams from object 4 on."""
    return join_objects(
        [
            f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] /XFA {entry} >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>",
            *(f"<< /Length {len(packet)} >>\nstream\n{packet}\nendstream" for packet in packets),
        ]
    )


FORMS = {
    "packets": xfa(
        "[(preamble) 4 0 R (template) 5 0 R (datasets) 6 0 R (postamble) 7 0 R]", ENDS[0], TEMPLATE, DATASETS, ENDS[1]
    ),
    "packets without the tags around them": xfa("[(template) 4 0 R (datasets) 5 0 R]", TEMPLATE, DATASETS),
    "one stream": xfa("4 0 R", ENDS[0] + TEMPLATE + DATASETS + ENDS[1]),
}
BROKEN = {
    "XML that does not end": xfa("[(template) 4 0 R (datasets) 5 0 R]", TEMPLATE, DATASETS[:-20]),
    "packets that are not there": xfa("[(template) 8 0 R (datasets) 9 0 R]"),
    "a packet without content": xfa("[(template) 4 0 R (datasets) 5 0 R]", TEMPLATE, ""),
    "no stream": xfa("(abc)"),
    "no packets": xfa("[]"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_xml_is_read(read: Read, name: str) -> None:
    """Texts of the template, and each value behind its caption, else behind its name; no programs."""
    letter = read("lomake.pdf", FORMS[name])
    assert text_of(letter, "attachment.2#form").split("\n") == [
        "Tervetuloa asiakkaaksi", "Kiitos", "Salasana:", "Vaihda heti", "Tunnus: matti.v", "Tunnus", "matti.v",
        LINE, "code: 88112233", "note: Hei",
    ]  # fmt: skip
    assert letter.troubles == ()


@pytest.mark.parametrize("name", BROKEN)
def test_a_form_of_xml_that_cannot_be_had_is_trouble(read: Read, name: str) -> None:
    """The pages beside it only ask to wait, and would pass as if they were all."""
    assert [trouble.text for trouble in read("a.pdf", BROKEN[name]).troubles] == [
        "the form in the PDF file cannot be read"
    ]


def test_a_form_of_xml_brings_nothing_in(read: Read) -> None:
    """Neither files of this machine nor entity bombs."""
    bomb = f'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd"><!ENTITY c "cccccc">]>{ENDS[0]}&b;&c;&c;{ENDS[1]}'
    assert not {"root:", "cccccc"} & set(all_text(read("a.pdf", xfa("4 0 R", bomb))).split())


def test_pictures_in_a_form_of_xml_are_pictures(read: Read) -> None:
    """One in the template, one that was filled in; unread where nobody reads pictures."""
    one, other = (base64.b64encode(write_png(300, 100, bytes([shade]) * 30_000)).decode() for shade in (0, 9))
    template = f'<template><draw><value><image contentType="image/png">{one}</image></value></draw></template>'
    data = f'<x:datasets xmlns:x="x"><x:data><P x:contentType="image/png">{other}</P></x:data></x:datasets>'
    form = xfa("[(template) 4 0 R (datasets) 5 0 R]", template, data)
    texts = [trouble.text for trouble in read("a.pdf", form, Budget(pictures=9)).troubles]
    assert texts == ["the picture was not read"] * 2
    assert read("a.pdf", form).troubles == ()
