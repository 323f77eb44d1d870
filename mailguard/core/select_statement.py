"""Whether a text of SQL is one statement that only reads."""

import re

_QUOTED = re.compile(
    r"""
    --[^\n]* | /\*.*?\*/                        # comments
    | '(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | \[[^\]\[]*\]   # strings and quoted names
    | \$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$      # PostgreSQL's dollar quotes
    """,
    re.VERBOSE | re.DOTALL,
)
_WRITING = re.compile(
    r"\b(insert|update|delete|merge|upsert|drop|alter|create|truncate|grant|revoke|call|execute|exec|copy|attach|detach"
    r"|pragma|vacuum|into|lock|commit|rollback)\b",
    re.IGNORECASE,
)


def check_select(query: str) -> None:
    """Raises ValueError, in words of how to mend it, for what is not one SELECT (or WITH ... SELECT).

    A guard against mistakes in a configuration. Where the database can, the query also runs in a read-only transaction.
    """
    bare = _QUOTED.sub(" ", query).strip().removesuffix(";").strip()
    if not bare:
        raise ValueError('write a query such as "SELECT customer_id, first_name, last_name, emails FROM customers"')
    if ";" in bare:
        raise ValueError("write one statement: there is a ; in the middle")
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE):
        raise ValueError("write a query that begins with SELECT or WITH: a source is only read")
    if found := _WRITING.search(bare):
        raise ValueError(f'a source is only read: take out "{found[0].upper()}", or quote it where it is a name')
