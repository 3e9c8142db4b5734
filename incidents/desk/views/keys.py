"""The list of shortcuts, and whether single keys do anything for this person (WCAG 2.1.4)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import UserRequest, for_agents
from incidents.desk import keys as keymap
from incidents.desk.models import DeskSettings
from incidents.desk.settings import uses_keys

PAGE = "desk/keys.html"


@for_agents
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: UserRequest) -> HttpResponse:
    if request.method == "POST":
        is_on = request.POST.get("uses_keys") == "1"
        DeskSettings.objects.update_or_create(user=request.user, defaults={"uses_keys": is_on})
        if request.htmx:
            return HttpResponse(status=204)
        told = _("Single keys are on.") if is_on else _("Single keys are off.")
        messages.success(request, told)
        return redirect("desk:keys")
    context = {
        "nav": "keys",
        "groups": keymap.groups(),
        "uses_keys": uses_keys(request.user),
    }
    return render(request, f"{PAGE}#keys" if request.htmx else PAGE, context)
