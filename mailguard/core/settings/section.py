"""What every section of the configuration is made of."""

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A section; an unknown key is an error, because a misspelt limit that is silently ignored is no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def at_key(key: str, mend: str) -> PydanticCustomError:
    """What a check of several keys together raises, about the one to mend."""
    # Braces would be places to fill in.
    return PydanticCustomError("several_keys", "{mend}", {"key": key, "mend": mend})
