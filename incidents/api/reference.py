"""The description as a file for programs and as a page for people, without a line of foreign script."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_everyone
from incidents.api.description import described, operations

PAGE = "api/reference.html"
TOKEN = "$FIREBREAK_TOKEN"  # noqa: S105 (a variable's name in the examples)
EXAMPLES: dict[str, Any] = {
    "title": "VPN drops every few minutes",
    "description": "Since this morning, on every floor.",
    "category": "vpn",
    "body": "We are on it.",
    "text": "The gateway was restarted.",
    "code": "fixed",
    "to": "waiting_other",
    "team": "network",
    "type": "incident",
    "service": "vpn-access",
    "person": 42,
    "kind": "related",
}
IN_PATH = {"ref": "INC-1042", "slug": "vpn", "token": "…", "person": "42", "kind": "related", "other": "INC-1043"}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One parameter or field of a body."""

    name: str
    kind: str
    is_required: bool
    text: str
    place: str = ""


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    key: str
    line: str
    """The first sentence of the text."""
    text: str
    scope: str
    parameters: list[Field]
    fields: list[Field]
    answer: str
    example: str


@dataclass(frozen=True)
class Area:
    name: str
    key: str
    routes: list[Route] = field(default_factory=list)


@for_everyone
@require_GET
def reference(request: UserRequest) -> HttpResponse:
    """Everything that programs can ask for."""
    description = described()
    context = {
        "nav": "api",
        "areas": areas(description),
        "schemas": _schemas(description),
        "site": settings.SITE_URL,
        "token": TOKEN,
        "most": settings.API_REQUESTS_PER_TOKEN,
    }
    return render(request, PAGE, context)


@for_everyone
@require_GET
def openapi(request: UserRequest) -> HttpResponse:
    return HttpResponse(json.dumps(described(), indent=1), content_type="application/json")


def areas(description: dict[str, Any]) -> list[Area]:
    found: dict[str, Area] = {}
    for path, method, operation in operations(description):
        name = operation["tags"][0]
        area = found.setdefault(name, Area(name, name.lower().replace(" ", "-")))
        area.routes.append(_route(path, method, operation, description))
    return list(found.values())


def _route(path: str, method: str, operation: dict[str, Any], description: dict[str, Any]) -> Route:
    content = operation.get("requestBody", {}).get("content", {})
    kind, body = next(((kind, one["schema"]) for kind, one in content.items()), ("", {}))
    body = _resolved(body, description)
    return Route(
        method=method.upper(),
        path=path,
        key=operation["operationId"].replace("_", "-"),
        line=operation.get("description", operation["summary"].rstrip("_")).split(". ")[0].split("\n")[0].rstrip("."),
        text=operation.get("description", ""),
        scope=operation["x-scope"],
        parameters=[
            Field(one["name"], _kind(one["schema"]), one["required"], one.get("description", ""), one["in"])
            for one in operation["parameters"]
        ],
        fields=_fields(body),
        answer=_answered(operation),
        example=_curl(path, method, kind, body),
    )  # fmt: skip


def _fields(schema: dict[str, Any]) -> list[Field]:
    required = schema.get("required", [])
    return [
        Field(name, _kind(one), name in required, one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    """A type in few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(repr(one) if one == "" else str(one) for one in schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(_kind(one) for one in schema[several])
    if schema.get("type") == "array":
        return f"{_kind(schema.get('items', {}))}[]"
    told = str(schema.get("format") or schema.get("const") or schema.get("type", "any"))
    most = schema.get("maxLength")
    return f"{told} ≤ {most}" if most else told


def _answered(operation: dict[str, Any]) -> str:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            content = answer.get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            return f"{status} {name}".strip()
    return ""


def _schemas(description: dict[str, Any]) -> list[tuple[str, str, list[Field]]]:
    return [
        (name, schema.get("description", ""), _fields(schema))
        for name, schema in sorted(description["components"]["schemas"].items())
        if schema.get("properties")
    ]


def _resolved(schema: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"][name] if name else schema


def _form_part(name: str) -> str:
    if name == "ticket":
        said = {name: EXAMPLES[name] for name in ("title", "description", "category")}
        return f"  -F ticket='{json.dumps(said, ensure_ascii=False)}'"
    return f'  -F {name}="See the file."'


def _curl(path: str, method: str, kind: str, body: dict[str, Any]) -> str:
    """The request as somebody would type it."""
    for name, value in IN_PATH.items():
        path = path.replace(f"{{{name}}}", value)
    asked = "?q=vpn" if path.startswith("/api/v1/search") or path.endswith("/people") else ""
    lines = [f"curl {settings.SITE_URL}{path}{asked}"]
    if method != "get":
        lines[0] = f"curl -X {method.upper()} {settings.SITE_URL}{path}"
    lines.append(f'  -H "Authorization: Bearer {TOKEN}"')
    if kind == "multipart/form-data":
        lines += [_form_part(name) for name in body.get("required", []) if name != "files"]
        lines.append("  -F files=@screenshot.png")
    elif kind:
        given = {name: EXAMPLES.get(name, "…") for name in body.get("required", [])}
        lines.append('  -H "Content-Type: application/json"')
        lines.append(f"  -d '{json.dumps(given, ensure_ascii=False)}'")
    return " \\\n".join(lines)
