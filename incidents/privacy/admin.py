"""The pages of erasure and retention in administration."""

from django.utils.translation import gettext_lazy as _

from accounts import administration
from accounts.audit.opened import shows_people
from accounts.permissions import Permission
from incidents.privacy import views

RECORD = _("Record")

administration.serve("erasure/", views.erasures, "erasures")
administration.serve("erasure/<int:person>/", views.erase, "erase")
administration.serve("erasure/<int:person>/data/", views.person_file, "erase-file")
administration.serve("retention/", views.rules, "retention")
administration.serve("retention/rules/", views.rule_add, "retention-add")
administration.serve("retention/rules/<int:pk>/switch/", views.rule_switch, "retention-switch")
administration.serve("retention/rules/<int:pk>/agreement/", views.rule_agree, "retention-agree")
administration.serve("retention/rules/<int:pk>/removal/", views.rule_remove, "retention-remove")
shows_people("erasures", "erase")
administration.offer(
    administration.Page(
        94, _("Erase people"), _("Make an account anonymous for good, with or without what they wrote."),
        "person_off", "admin:erasures", (Permission.PEOPLE_ERASE,), RECORD,
    ),
    administration.Page(
        96, _("Retention"), _("How long tickets and logs are kept; what a rule would touch is shown first."),
        "auto_delete", "admin:retention", (Permission.PEOPLE_ERASE,), RECORD,
    ),
)  # fmt: skip
