"""Requests that schemathesis makes up out of our own OpenAPI document, fit and unfit, in process and seeded.

Known limits of the tool: what a value must be beyond its shape (a state that exists, a day that is not over, an address
that can be written to) is not said in JSON Schema, so a fit request may be refused with 422 by the operations in
`_CHOOSY`; and a text of a query stands for itself, so there an unfit kind of value can be a fit text.
"""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from mailguard.desk.rights import RIGHTS
from mailguard.store.store import Store
from tests.desk.everything import fill

Operation = APIOperation[Any, Any, Any, Any]
_ALWAYS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_CHOOSY = {
    "GET /api/v1/breaches",
    "GET /api/v1/cases",
    "GET /api/v1/mine",
    "GET /api/v1/reports",
    "GET /api/v1/trace",
    "POST /api/v1/breaches",
    "POST /api/v1/delegations",
    "POST /api/v1/reports/{number}/question",
}


@pytest.fixture
def schema(app: FastAPI, store: Store, tmp_path: Path) -> BaseSchema:
    """The document of a desk with something on every page."""
    fill(store, tmp_path)
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


def test_made_up_requests(schema: BaseSchema, token: Callable[[str], dict[str, str]]) -> None:
    """No 5xx; every status, type and shape of an answer stands in the document; who shows no token learns nothing."""
    people: tuple[tuple[str, dict[str, str], int], ...] = (
        ("adam", token("adam"), 5),
        ("aino", token("aino"), 1),
        ("nobody", {}, 1),
    )
    found: list[str] = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        for mode, (name, headers, examples) in product(GenerationMode, people):
            fit = name == "adam" and mode.is_positive and operation.label not in _CHOOSY
            checks = [*_ALWAYS, positive_data_acceptance] if fit else _ALWAYS
            try:
                _send(operation, mode, headers, examples, checks)
            except Unsatisfiable:
                assert mode.is_negative, "what takes no value has no wrong one"
            except (Failure, FailureGroup, AssertionError) as problem:
                found.append(f"{operation.label}, {name}: {getattr(problem, 'exceptions', problem)!r}")
    assert "\n".join(found) == ""


def _send(
    operation: Operation, mode: GenerationMode, headers: dict[str, str], examples: int, checks: list[CheckFunction]
) -> None:
    @seed(7)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case[Any]) -> None:
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=checks)
        assert headers or answer.status_code in {400, 401, 404, 405, 422}

    send()


def test_the_document_is_whole(app: FastAPI) -> None:
    """Every route of the table under /api/v1 is in it, with a summary and the answers that refuse."""
    paths = app.openapi()["paths"]
    told = {f"{method.upper()} {path}": said for path, methods in paths.items() for method, said in methods.items()}
    assert told.keys() == {route for route in RIGHTS if " /api/v1/" in route}
    for route, said in told.items():
        assert said["summary"], route
        assert {"401", "403", "422", "503"} <= said["responses"].keys(), route
        if "{" in route:
            assert "404" in said["responses"], route
        for status, answer in said["responses"].items():
            if status.startswith(("4", "5")) and status != "413":
                schema = answer["content"]["application/json"]["schema"]["$ref"]
                assert schema.rpartition("/")[2] in {"Problem", "DecisionProblem", "Conflict"}, (route, status)
