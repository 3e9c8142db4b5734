"""What pages ask of Django about the stream; the stream itself is `incidents.live.stream`."""

from datetime import timedelta

from django.core import signing
from django.http import HttpResponse, HttpResponseForbidden, JsonResponse
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_everyone
from incidents.live.topics import MOST_TOPICS, RENEWS_FOR, permitted, read, sign

MOST_LISTS = 16


@for_everyone
@require_GET
def stream(request: UserRequest) -> HttpResponse:
    """Reached only where the ASGI part is not in front: the answer that tells a browser not to ask again."""
    return HttpResponse(status=204)


@for_everyone
@require_GET
def renew(request: UserRequest) -> HttpResponse:
    """A fresh list for a page that has been open for long, without the topics that were lost meanwhile."""
    asked: set[str] = set()
    for signed in request.GET.getlist("topics")[:MOST_LISTS]:
        asked |= _topics(signed, request.user.pk, RENEWS_FOR)
    may = sorted(permitted(request.user, asked))
    if not may:
        return HttpResponseForbidden("Forbidden", content_type="text/plain; charset=utf-8")
    return JsonResponse({"topics": sign(request.user, may[:MOST_TOPICS])})


def _topics(signed: str, user_pk: int, within: timedelta) -> set[str]:
    try:
        return set(read(signed, user_pk, within=within).topics)
    except (signing.BadSignature, ValueError, TypeError):
        return set()
