"""What the desk adds to administration: pages about people, and the way to what is shared on the desk."""

from django.utils.translation import gettext_lazy

from accounts import administration
from accounts.permissions import Permission
from incidents.desk import leaving
from incidents.desk.views import people

TICKETS = gettext_lazy("Tickets")

administration.serve("people/<int:pk>/sight/", people.person_sight, "person-sight")
administration.serve("people/<int:pk>/leaving/", people.person_leaving, "person-leaving")
administration.ask_before_leaving(leaving.has_open_work)
administration.offer(
    administration.Page(
        62, gettext_lazy("Canned replies"), gettext_lazy("Texts that teams share on the desk."),
        "quickreply", "desk:canned", (Permission.TEAM_LEAD,), TICKETS,
    ),
    administration.Page(
        63, gettext_lazy("Macros"), gettext_lazy("Several changes in one click, for a team or everybody."),
        "bolt", "desk:macros", (Permission.TEAM_LEAD,), TICKETS,
    ),
)  # fmt: skip
