"""Keys of the configuration that stand in the environment: `MAILGUARD__SMTP__HOSTNAME`, lists and tables as JSON."""

import os
from collections.abc import Collection, Sequence
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

PREFIX = "MAILGUARD__"


class Environment(EnvSettingsSource):
    """Leaves what is no JSON as the text that it is, for the key itself to refuse with its mend."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """A list or a table, or the text. Raises nothing."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def unknown_variable(sections: Collection[str]) -> str | None:
    """A variable of ours that belongs to no section: nobody reads it, so a limit set there would be no limit."""
    ours = (name for name in os.environ if _is_ours(name))
    return next((name for name in ours if name[len(PREFIX) :].partition("__")[0].lower() not in sections), None)


def stands_in_environment(key: Sequence[str]) -> bool:
    """Whether a variable gives this key, or a table that it stands in."""
    given = {name.upper() for name in os.environ if _is_ours(name)}
    return any(PREFIX + "__".join(key[:length]).upper() in given for length in range(1, len(key) + 1))


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX)
