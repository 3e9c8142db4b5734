"""A page works with the rules as they are when it first asks for them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from incidents.workflow import rulebook


def rules_asked_once(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Reading only: whoever changes something has waited for a lock, and asks anew."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return get_response(request)
        with rulebook.asked_once():
            return get_response(request)

    return middleware
