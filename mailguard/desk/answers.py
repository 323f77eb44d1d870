"""What operations of the HTTP API may answer instead of what was asked for; OpenAPI is made of it."""

from typing import Any

from pydantic import BaseModel

Answers = dict[int | str, dict[str, Any]]
"""By status, as FastAPI takes them."""


class Problem(BaseModel):
    """What is wrong, in words."""

    detail: str


def problem(words: str, model: type[BaseModel] = Problem) -> dict[str, Any]:
    """One of the `Answers`, told by a `Problem` or by more."""
    return {"model": model, "description": words}


ANYWHERE: Answers = {
    400: problem("The request cannot be read"),
    401: problem("No session and no token"),
    403: problem("Not for your role, or not for members of one team"),
    422: problem("A value that cannot be understood"),
    503: problem("The store does not answer"),
}
"""Answers that every operation may give. Without the 422 FastAPI would promise a list of its own, which would repeat
what was sent."""

TOO_LARGE: Answers = {413: {"description": "The request is too large"}}

NO_SUCH_CASE: Answers = {404: problem("No such case")}

DECIDING: Answers = NO_SUCH_CASE | TOO_LARGE | {403: problem("Not yours to decide"), 409: problem("Already decided")}
