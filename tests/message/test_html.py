"""HTML to text: words stay whole, blocks part lines, tables keep their cells, hidden pieces are read."""

import pytest

from mailguard.message.html import read_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Ve<span>si1</span>kko", "Vesi1kko"),
        ("Ve<b><i>si</i></b>1<wbr>k<!-- x -->ko", "Vesi1kko"),
        ("<p>PIN:<br>4826</p><p>PUK</p>", "PIN:\n4826\nPUK"),
        ("<p>one\n  two\t three</p>", "one two three"),
        ("<pre>one\n  two</pre>", "one\ntwo"),
        ('<p style="white-space: pre-wrap">one\ntwo</p>', "one\ntwo"),
        ("a&nbsp;&amp;&lt;b&gt; &amp;lt; &#228; &euro;", "a &<b> &lt; ä €"),
        ("<ul><li>PIN: 1<li>PUK: 2</ul>", "PIN: 1\nPUK: 2"),
        ("<script>var a = '<p>no</p>'</script><style>p{}</style><p>yes", "yes"),
        ('<span style="display:block">PIN</span><span style="display:block">4826</span>', "PIN\n4826"),
        ('a<img src="x" alt="word">b', "a word b"),
        ('<input value="word"><textarea>a\nb</textarea>', "word\na\nb"),
        ("<table><tr><td><p>PIN</p></td><td>\n<p>4826</p></td></tr><tr><td>PUK<td>1</table>", "PIN\t4826\nPUK\t1"),
        ("<table><tr><td>a</td><td>&nbsp;</td><td>c</td></tr></table>d", "a\t\tc\nd"),
        ("<table><tr><td><table><tr><td>in</td></tr></table></td><td>out</td></tr></table>", "in\nout"),
        ("<noscript>a</noscript><template><p>b</p></template>", "a\nb"),
    ],
)
def test_text_is_what_a_reader_sees(html: str, text: str) -> None:
    """Inline elements never split a word, block elements always part lines, cells are parted by TAB."""
    assert read_html(html).text == text


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<tr><td>PIN:</td><td>4826</td></tr><tr><td>PUK</td><td>1</td></tr>", "PIN: 4826\nPUK: 1"),
        (
            "<tr><th>PIN</th><th>PUK</th></tr><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr>",
            "PIN: 1\nPUK: 2\n\nPIN: 3\nPUK: 4",
        ),
        (
            "<tr><td>Käyttäjä</td><td>Salasana</td></tr><tr><td>matti</td><td>kesa83</td></tr>",
            "Käyttäjä: matti\nSalasana: kesa83",
        ),
        ("<tr><td colspan=2>Tunnukset</td></tr><tr><td>PIN</td><td>4826</td></tr>", "PIN: 4826"),
        ("<tr><th>Nimi</th><td>Matti</td></tr><tr><th>PIN</th><td>4826</td></tr>", "Nimi: Matti\nPIN: 4826"),
        ("<tr><td>Nimi</td><td>Matti</td><td>PIN</td><td>4826</td></tr>", "Nimi: Matti\nPIN: 4826"),
        (
            "<tr><td>Numero</td><td>PIN</td><td>PUK</td></tr><tr><td>040</td><td>1</td><td>2</td></tr>",
            "Numero: 040\nPIN: 1\nPUK: 2",
        ),
        ("<tr><td>only one</td></tr>", ""),
    ],
)
def test_tables_are_unrolled(html: str, lines: str) -> None:
    """Label and value meet on one line, whether the labels stand in a column or in a header row."""
    assert read_html(f"<table>{html}</table>").tables == lines


def test_inner_tables_of_a_layout_are_unrolled_each() -> None:
    """Newsletters lay out with tables; only the innermost ones are read as data."""
    inner = "<table><tr><td>PIN</td><td>4826</td></tr></table>"
    assert read_html(f"<table><tr><td>{inner}</td><td>{inner}</td></tr></table>").tables == "PIN: 4826\n\nPIN: 4826"


def test_a_costly_text_is_not_built_to_a_tree() -> None:
    """Texts on which lexbor is quadratic are recognised beforehand; their words are read all the same."""
    for html in (
        "<div>" * 40_000 + "Salasana",
        "".join(f"<p><font size={number}>" for number in range(3000)) + "Salasana",
        "<a " + " ".join(f"a{number}=1" for number in range(5000)) + ">Salasana",
        "<x>" * 30_000 + "<p></p>" * 20_000 + "Salasana",
        "</b>" * 3000 + "".join(f"<p><b class={number}>" for number in range(3000)) + "Salasana",
    ):
        read = read_html(html)
        assert read.tangled
        assert "Salasana" in read.text


def test_large_honest_html_is_not_called_costly() -> None:
    """A long newsletter with thousands of links and closed elements is ordinary."""
    row = '<tr><td><p>Hei <b>sinä</b> <a href="https://x.example/a?b=1">linkki</a><span>!</span></p></td></tr>'
    assert not read_html(f"<table>{row * 3000}</table>").tangled
    assert not read_html("<p>rivi<br>" * 5000).tangled
    assert not read_html("<div>" * 60 + "<p><font color=red>x</font></p>" * 2000 + "</div>" * 60).tangled
