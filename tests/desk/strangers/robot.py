"""A program that stands between a letter and its reader: it opens every link and sends every form, as scanners do."""

from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from tests.desk.conftest import URL, Browser

_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE")
_FILLINGS = ("", "1", "test", "a@b.example", "AAAAAAA", "deleted")


def crawl(browser: Browser, *paths: str) -> set[str]:
    """Everywhere at the desk that it came to from there."""
    waiting, seen = list(paths), set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen or urlsplit(urljoin(URL, path)).netloc != urlsplit(URL).netloc:
            continue
        seen.add(path)
        for method in _METHODS:
            tree = HTMLParser(browser.request(method, path).text)
            waiting += [node.attributes.get("href") or "" for node in tree.css("a, link")]
            for form in tree.css("form"):
                _send(browser, urljoin(path, form.attributes.get("action") or path), form)
    return seen


def _send(browser: Browser, target: str, form: Node) -> None:
    """With each filling in every field, by each button with its own value, and with the filling for that too."""
    fields = {node.attributes.get("name") or "" for node in form.css("input, textarea")}
    buttons = [(node.attributes.get("name") or "", node.attributes.get("value") or "") for node in form.css("button")]
    for filling in _FILLINGS:
        filled = dict.fromkeys(fields, filling)
        browser.post(target, data=filled | {name: filling for name, _ in buttons})
        for name, value in buttons:
            browser.post(target, data=filled | {name: value})
