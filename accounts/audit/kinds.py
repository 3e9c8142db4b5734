"""What the audit log knows. Values are stored for ever: never rename one."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    SIGNED_IN = "signed_in", _("signed in")
    SIGNED_OUT = "signed_out", _("signed out")
    SIGN_IN_FAILED = "sign_in_failed", _("failed to sign in")
    SECOND_FACTOR_FAILED = "second_factor_failed", _("failed at the second factor")
    SECOND_FACTOR_ADDED = "second_factor_added", _("added a second factor")
    SECOND_FACTOR_REMOVED = "second_factor_removed", _("removed a second factor")
    SECOND_FACTOR_RENEWED = "second_factor_renewed", _("renewed recovery codes")
    PASSWORD_CHANGED = "password_changed", _("changed the password")
    SIGN_IN_LINKED = "sign_in_linked", _("linked a sign-in")
    SIGN_IN_UNLINKED = "sign_in_unlinked", _("unlinked a sign-in")
    ROLE_KEPT = "role_kept", _("left the last administrator a role that no group gives any more")
    TOKEN_MADE = "token_made", _("made an access token")
    TOKEN_ENDED = "token_ended", _("ended an access token")
    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    REMOVED = "removed", _("removed")
    RIGHTS_CHANGED = "rights_changed", _("changed rights")
    OPENED = "opened", _("opened")
    EXPORTED = "exported", _("exported")
    IMPORTED = "imported", _("put in a file")
    VERIFIED = "verified", _("verified the log")
    ERASED = "erased", _("erased")
    TEXTS_REMOVED = "texts_removed", _("blanked entries")
    RETAINED = "retained", _("carried out a retention rule")
    LOG_TRIMMED = "log_trimmed", _("trimmed the log")


@dataclass(frozen=True)
class Group:
    """Kinds that an auditor asks for together."""

    key: str
    """Of a single kind, that one's."""
    title: str | Promise
    kinds: tuple[Kind, ...]


GROUPS = (
    Group(
        "signing_in", _("Signing in"),
        (
            Kind.SIGNED_IN, Kind.SIGNED_OUT, Kind.SIGN_IN_FAILED, Kind.SECOND_FACTOR_FAILED,
            Kind.SECOND_FACTOR_ADDED, Kind.SECOND_FACTOR_REMOVED, Kind.SECOND_FACTOR_RENEWED, Kind.PASSWORD_CHANGED,
            Kind.SIGN_IN_LINKED, Kind.SIGN_IN_UNLINKED,
        ),
    ),
    Group("tokens", _("Access tokens"), (Kind.TOKEN_MADE, Kind.TOKEN_ENDED)),
    Group("changes", _("Changes in administration"), (Kind.ADDED, Kind.CHANGED, Kind.REMOVED)),
    Group("rights_changed", _("Rights"), (Kind.RIGHTS_CHANGED, Kind.ROLE_KEPT)),
    Group("opened", _("Pages opened that show people"), (Kind.OPENED,)),
    Group("exported", _("Exports"), (Kind.EXPORTED,)),
    Group("imported", _("Files put in"), (Kind.IMPORTED,)),
    Group("erasure", _("Erasure and retention"), (Kind.ERASED, Kind.TEXTS_REMOVED, Kind.RETAINED, Kind.LOG_TRIMMED)),
    Group("verified", _("Checks of the log"), (Kind.VERIFIED,)),
)  # fmt: skip

FROM_WHERE = frozenset(GROUPS[0].kinds)
"""Kinds that say from where: address and browser, kept only as long as the rule for sign-ins says."""
