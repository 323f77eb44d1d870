"""Read `mailguard.toml`; errors say which key is wrong, and the mend."""

import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mailguard.core.errors import ConfigError
from mailguard.core.settings.environment import stands_in_environment, unknown_variable
from mailguard.core.settings.sources import KINDS
from mailguard.core.settings.whole import Settings

_ENVIRONMENT = "environment"


def load_settings(file: Path | None) -> Settings:
    """Read the configuration file (None: defaults and environment only).

    Raises ConfigError naming file, key and mend for the first thing that is wrong.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    except OSError as error:
        raise ConfigError(file, "(file)", f"cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(file, "(syntax)", f"is no valid TOML: {error}") from None
    sections = sorted(name.rstrip("_") for name in Settings.model_fields)
    if unknown := unknown_variable(sections):
        raise ConfigError(_ENVIRONMENT, unknown, f"unknown section; known here: {', '.join(sections)}")
    try:
        return Settings(**values)
    except ValidationError as error:
        raise _explain(file, error) from None


def _explain(file: Path | str | None, error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    # The kind of a source is a step of pydantic's own: nobody has written it as a key.
    steps = [step for place, step in enumerate(first["loc"]) if place != 3 or step not in KINDS]
    if stands_in_environment([str(step) for step in steps]):
        file = _ENVIRONMENT
    key = first.get("ctx", {}).get("key") or ".".join(str(step) for step in steps) or "(file)"
    if first["type"] == "extra_forbidden":
        return ConfigError(file, key, f"unknown key; known here: {', '.join(_known_keys(first['loc']))}")
    if first["type"].startswith("union_tag"):
        return ConfigError(file, f"{key}.kind", f"write one of {', '.join(KINDS)}")
    return ConfigError(file, key, _mend(first))


_MENDS = {
    "list_type": 'write a list, such as ["a", "b"]',
    "dict_type": "write a table",
    "model_type": "write a table",
    "string_type": 'write a text in quotes, such as "a"',
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "float_type": "write a number",
    "float_parsing": "write a number",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "literal_error": "write one of {expected}",
    "enum": "write one of {expected}",
    "missing": "is required",
    "greater_than_equal": "write {ge} or more",
    "greater_than": "write more than {gt}",
    "less_than_equal": "write {le} or less",
    "less_than": "write less than {lt}",
}
"""Pydantic's own kinds of errors, which say what is wrong and not what to write. Others it says well enough."""


def _mend(error: ErrorDetails) -> str:
    mend = _MENDS.get(error["type"])
    return mend.format(**error.get("ctx", {})) if mend else error["msg"].removeprefix("Value error, ")


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    if len(loc) > 3 and str(loc[3]) in KINDS:
        return sorted(KINDS[str(loc[3])].model_fields)
    fields = Settings.model_fields
    for step in loc[:-1]:
        field = fields.get(str(step)) or fields.get(f"{step}_")
        model = _model_of(field.annotation) if field else None
        if model is None:
            break
        fields = model.model_fields
    return sorted(name.rstrip("_") for name in fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The section that a key holds, which may be left out (`OidcSettings | None`)."""
    kinds = get_args(annotation) or (annotation,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
