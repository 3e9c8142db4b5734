"""Reading what programs send: JSON, and nothing that the database could not keep."""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.errors import ValidationError as WrongInput
from ninja.parser import Parser
from ninja.types import DictStrAny
from pydantic import BaseModel, ValidationError

Body = TypeVar("Body", bound=BaseModel)


class StrictParser(Parser):
    """JSON as RFC 8259 has it, each name once."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        if request.content_type != "application/json":
            request.is_of_wrong_type = True  # type: ignore[attr-defined]  # the library drops what is raised here
            raise HttpError(415, "Send JSON.")
        try:
            body: DictStrAny = _read(request.body)
        except (ValueError, RecursionError):
            raise HttpError(400, "The body is no JSON that can be read.") from None
        return body


def part(schema: type[Body], text: str, name: str) -> Body:
    """A part of a form that holds JSON, read as a whole body of it would be.

    Raises:
        WrongInput: it is none, or not what the schema takes.
    """
    try:
        return schema.model_validate(_read(text))
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_context=False, include_input=False)
        raise WrongInput([{**one, "loc": ("form", name, *one["loc"])} for one in errors]) from None
    except (ValueError, RecursionError):
        said = {"type": "json", "loc": ("form", name), "msg": "This is no JSON that can be read."}
        raise WrongInput([said]) from None


def _read(text: str | bytes) -> Any:
    body = json.loads(text, parse_constant=_refuse, object_pairs_hook=_each_once)
    _require_storable(body)
    return body


def _require_storable(body: Any) -> None:
    """Half a character pair can't be written, and no database keeps a NUL in a text."""
    for text in _texts(body):
        text.encode()
        if "\x00" in text:
            raise ValueError(text)


def _texts(body: Any) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict):
        for name, value in body.items():
            yield name
            yield from _texts(value)
    elif isinstance(body, list):
        for value in body:
            yield from _texts(value)


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found
