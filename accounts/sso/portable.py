"""Providers and their rules as configuration: without secrets, and never switched on by a file."""

from typing import Any

from accounts.administration.portable import Part, Values, by_form, register
from accounts.models import User
from accounts.permissions import Permission
from accounts.sso.actions.set_up import require_fit
from accounts.sso.models import GroupRule, Provider

P = Permission
SAYS = (
    "kind", "name", "issuer", "client_id", "address", "certificates", "scopes", "base", "login_attribute", "subject_claim",
    "email_claim", "name_claim", "groups_claim", "trusts_addresses", "links_by_address", "makes_accounts", "domains",
    "is_required", "department", "language", "trusts_second_factor", "second_factor_values", "deactivates",
)  # fmt: skip


def write_provider(part: Part, row: Any, values: Values, *, by: User) -> Provider:
    """By the same checks as on its page. What is off stays off until somebody tried it.

    A secret stays where it goes to the same server; one that would go to another is forgotten.
    """
    stored = Provider.objects.get(pk=row.pk) if row else None
    wanted = Provider.objects.get(pk=row.pk) if row else Provider(slug=values["slug"])
    for name in SAYS:
        setattr(wanted, name, values[name])
    require_fit(wanted, before=stored, by=by)
    forgets = bool(stored and stored.secret and wanted.goes_elsewhere(stored))
    written: Any = by_form(part, row, values, by=by)
    if forgets:
        written.secret = ""
        written.save(update_fields=["secret"])
    return written  # type: ignore[no-any-return]


register(
    Part("sign_in_providers", 35, Provider, P.CHANNELS_MANAGE, ("slug",), SAYS, write=write_provider),
    Part("group_rules", 36, GroupRule, P.ROLES_MANAGE, ("provider", "group", "role", "team"), ("is_on",)),
)  # fmt: skip
