"""What the bench adds to the portal; never part of it."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.http import UserRequest, for_agents
from tests.bench.load import HEADER


def count_queries(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Tell in a header how many queries the answer took."""

    def counted(request: HttpRequest) -> HttpResponse:
        queries = 0

        def count(execute: Callable[..., Any], *given: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*given)

        with connection.execute_wrapper(count):
            response = get_response(request)
        response[HEADER] = str(queries)
        return response

    return counted


@for_agents
def null_page(request: UserRequest) -> HttpResponse:
    """What any page of the desk costs before it shows anything."""
    return render(request, "bench/null.html")
