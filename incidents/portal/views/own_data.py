"""One's own data: what is kept, and all of it as one file."""

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.conf import settings
from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.http import UserRequest, for_everyone
from accounts.limits import require_seldom
from incidents.portal.export import WRITERS

MOST_AN_HOUR = 5
AN_HOUR = 60 * 60


@for_everyone
@require_GET
def own_data(request: UserRequest) -> HttpResponse:
    context = {"is_proved": did_recently_reauthenticate(request)}
    return render(request, "portal/own_data.html", context)


@for_everyone
@require_POST
def own_data_file(request: UserRequest, form: str) -> HttpResponseBase:
    """The file, sent while it is written. Asks for the password first: it holds years of somebody's words."""
    if form not in WRITERS:
        raise Http404
    if not did_recently_reauthenticate(request):
        back = urlencode({"next": reverse("portal:own-data")})
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{back}")
    require_seldom(
        "own-data", request.user.pk, most=MOST_AN_HOUR, seconds=AN_HOUR,
        message=_("You fetched your data several times just now. You can have it again in an hour."),
    )  # fmt: skip
    audit.note_export("own_data", by=request.user, form=form)
    writer, now = WRITERS[form], timezone.now()
    response = StreamingHttpResponse(
        writer.write(request.user, now, get_language() or settings.LANGUAGE_CODE),
        content_type=writer.content_type,
    )
    name = f"my-data-{timezone.localdate(now).isoformat()}.{writer.ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
