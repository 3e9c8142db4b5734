"""The API put together: its areas, how it reads, and how errors are said."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI

from incidents.api import problems
from incidents.api.reading import StrictParser
from incidents.api.routes import articles, changes, configuration, people, searching, tickets

VERSION = "1.0"
DESCRIPTION = (
    "Whatever people do here by hand, programs can do by a token: with the same rights, by the same rules, noted in the same log. "
    "Errors are problem details (RFC 9457). Lists are read page by page along `next`."
)  # fmt: skip

api = NinjaAPI(
    title="Firebreak API",
    version=VERSION,
    description=DESCRIPTION,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
)
for area in (tickets, changes, articles, people, searching, configuration):
    api.add_router("", area.router)


@api.exception_handler(Exception)
def on_error(request: HttpRequest, error: Any) -> HttpResponse:
    """What a request may well meet; everything else is the gate's to say."""
    if getattr(request, "is_of_wrong_type", False):
        return problems.response(415, _("Send JSON, with “Content-Type: application/json”."))
    answer = problems.of(error)
    if answer is None:
        raise error
    return answer


for foreseen in list(api._exception_handlers):  # the library's own answers are not ours
    api.add_exception_handler(foreseen, on_error)
