"""Following a directory by night: who is gone or disabled there loses access here, and groups give and take."""

from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount

from accounts.actions import deactivate
from accounts.errors import Refused
from accounts.models import User
from accounts.sso import actions, directory
from accounts.sso.models import Provider
from accounts.sso.troubles import Away, Trouble

FEW = 5
MOST_AT_ONCE = 0.2
"""Share of a directory's people who may be gone at once. More is a directory, or a setting, that is broken."""


@dataclass
class Synced:
    looked_at: int = 0
    ended: int = 0
    roles_changed: int = 0


def sync(row: Provider) -> Synced:
    """Look at everybody who was signed in by this directory.

    Raises:
        Away: it can't be asked, or so many are gone that it can't be right; then nothing was changed.
    """
    known = {
        one.uid: one
        for one in SocialAccount.objects.filter(
            provider=row.issuer, user__is_active=True
        ).select_related("user")
    }
    done, desk = Synced(looked_at=len(known)), User.objects.system()
    there = {}
    with directory.searching(row) as connection:
        for entry in directory.by_subjects(row, connection, known):
            if not entry.is_disabled:
                claims = directory.claims_of(row, connection, entry)
                there[claims.subject] = claims
    gone = [one for uid, one in known.items() if uid not in there]
    if len(gone) > max(FEW, MOST_AT_ONCE * len(known)):
        raise Away(
            f"{len(gone)} of {len(known)} people are gone there at once; nobody's access was ended"
        )
    for one in gone if row.deactivates else []:
        done.ended += _end(one.user, by=desk)
    for uid, claims in there.items():
        done.roles_changed += bool(
            actions.follow_groups(known[uid].user, provider=row, groups=claims.groups)
        )
    return done


def sync_all() -> dict[str, Synced | str]:
    """Each directory that is on; what went wrong with one is said, and keeps no other waiting."""
    from accounts.sso.entering import recovered, remember

    results: dict[str, Synced | str] = {}
    for row in Provider.objects.on().filter(kind=Provider.Kind.LDAP):
        try:
            results[row.name] = sync(row)
            recovered(row)
        except Trouble as trouble:
            remember(row, trouble.reason)
            results[row.name] = trouble.reason
    return results


def _end(person: User, *, by: User) -> bool:
    try:
        deactivate(person, by=by)
    except Refused:  # the last who may manage roles
        return False
    return True
