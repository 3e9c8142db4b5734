"""What came again and again, for those who lead a team."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.errors import require
from accounts.http import UserRequest, for_agents
from accounts.permissions import Permission
from incidents.desk import repeated
from incidents.tickets import overrides
from knowledge import policies as knowledge


@for_agents
@require_GET
def repeated_list(request: UserRequest) -> HttpResponse:
    """Worked out for this reader when it is opened, so it shows nothing that they may not see."""
    leads = request.user.permits.anywhere(Permission.TEAM_LEAD)
    require(leads, _("This page is for those who lead a team."))
    now = timezone.now()
    context = {
        "nav": "repeated",
        "found": repeated.shown_to(request.user, now=now),
        "overrides": overrides.lately(request.user, now=now),
        "days": repeated.BACK.days,
        "looked_at": repeated.LOOKED_AT,
        "may_write": knowledge.can_write(request.user),
    }
    return render(request, "desk/repeated.html", context)
