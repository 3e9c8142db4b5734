"""The description of the API (OpenAPI 3.1), made from the routes themselves."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.conf import settings

from incidents.api import problems
from incidents.api.schemas import ErrorOut, Problem

METHODS = ("get", "post", "put", "patch", "delete")
EVERYWHERE = (400, 401, 403, 404, 413, 429, 500, 503)
"""What any request may meet; 405 is for methods that are not described."""
WITH_BODY = (409, 412, 415, 422)
LIMITED = {
    "RateLimit": "What is left of this minute.",
    "RateLimit-Policy": "How many requests a minute has.",
}


@cache
def described() -> dict[str, Any]:
    """The whole description. Depends on nothing but the code and the site's address."""
    from incidents.api.api import api

    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
    schemas = found["components"].setdefault("schemas", {})
    problem = Problem.model_json_schema(
        ref_template="#/components/schemas/{model}", mode="serialization"
    )
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    schemas["ErrorOut"] = ErrorOut.model_json_schema()
    found["servers"] = [{"url": settings.SITE_URL}]
    found["components"]["securitySchemes"] = {
        "Bearer": {"type": "http", "scheme": "bearer", "description": "An access token, fb_…"}
    }
    for _path, method, operation in operations(found):
        _complete(method, operation)
    return found


def operations(description: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


@cache
def queries() -> Mapping[tuple[str, str], frozenset[str]]:
    """The parameters that an address may have, by its path as Django writes it and the method."""
    return {
        (path.lstrip("/").replace("{", "<").replace("}", ">"), method.upper()): frozenset(
            one["name"] for one in operation["parameters"] if one["in"] == "query"
        )
        for path, method, operation in operations(described())
    }


def _complete(method: str, operation: dict[str, Any]) -> None:
    """What every route has in common, said once here."""
    responses = operation["responses"]
    for status, answer in responses.items():
        if status.startswith("2") and "bytes" in json.dumps(answer.get("content", "")):
            answer["content"] = {}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for part in content["schema"].get("properties", {}).values():
            if name := part.pop("x-holds", ""):
                part["contentSchema"] = {"$ref": f"#/components/schemas/{name}"}
    if method == "get":
        responses["304"] = {"description": "Unchanged"}
    for status in (*EVERYWHERE, *(WITH_BODY if method != "get" else (409, 422))):
        responses[str(status)] = {
            "description": problems.KINDS[status][1],
            "content": {
                problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    for status, answer in responses.items():
        if status != "304":
            answer["headers"] = {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in LIMITED.items()
            }
    operation["operationId"] = operation["operationId"].rpartition("routes_")[2]
