"""Behind the link at a mail's end: no more of this by mail, without signing in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.http import for_public
from incidents.notify import stopping


@csrf_exempt  # a mail program posts it (RFC 8058); the signed address is what proves it
@for_public
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Looking at it, as scanners of mail do, stops nothing; the click is a POST."""
    found = stopping.read(token)
    if found is None:
        return render(request, "notify/stop.html", {}, status=404)
    done = request.method == "POST"
    if done:
        stopping.stop(found)
    context = {
        "topics": found.topics,
        "done": done,
        "is_refused": found.is_refused,
        "is_stopped": not done and stopping.is_stopped(found),
    }
    status = 409 if done and found.is_refused else 200
    with translation.override(found.person.language or translation.get_language()):
        return render(request, "notify/stop.html", context, status=status)
