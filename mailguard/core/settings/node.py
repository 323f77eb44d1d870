"""One guard among several."""

from pydantic import Field

from mailguard.core.settings.section import Section


class NodeSettings(Section):
    """This guard among several that share a store."""

    name: str = Field("", max_length=100)
    """Empty: the machine's host name."""
