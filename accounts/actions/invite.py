"""Ask somebody in: an account, the role they begin with, and the mail that is owed to them."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from accounts import policies
from accounts.actions.deactivate import NO_RIGHT
from accounts.actions.grant import grant
from accounts.actions.record import record_added
from accounts.errors import InvalidInput, Refused, require
from accounts.models import Department, Invitation, Role, Team, User


@transaction.atomic
def invite(
    email: str,
    *,
    name: str,
    by: User,
    department: Department | None = None,
    role: Role | None = None,
    team: Team | None = None,
) -> User:
    """Make the account; its mail goes out by the queue. Whoever is here already is left as they are.

    Raises:
        NotAllowed: `by` may not manage people, or gives a role and may not manage roles.
        InvalidInput: name or address can't be used.
    """
    require(policies.can_manage_people(by), _(NO_RIGHT))
    there = User.objects.filter(email=email.strip().lower()).first()
    if there:
        return there
    try:
        person = User.objects.create_user(email, None, display_name=name, department=department)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages)) from error
    record_added(person, by=by)
    if role:
        grant(person, role=role, team=team, by=by)
    Invitation.objects.create(person=person, by=by)
    return person


@transaction.atomic
def invite_again(invitation: Invitation, *, by: User) -> Invitation:
    """Owe the mail afresh; the former link still works until its days are over.

    Raises:
        NotAllowed: `by` may not manage people.
        Refused: the person has come already, or can't sign in.
    """
    require(policies.can_manage_people(by), _(NO_RIGHT))
    found = Invitation.objects.select_for_update(of=("self",), no_key=True)
    invitation = found.select_related("person").get(pk=invitation.pk)
    if invitation.is_accepted:
        raise Refused(_("%(person)s has an own password already.") % {"person": invitation.person})
    if not invitation.person.is_active:
        raise Refused(_("This person can't sign in. Make the person active first."))
    invitation.by, invitation.tries, invitation.sent_at = by, 0, None
    invitation.next_try_at = invitation.asked_at = timezone.now()
    invitation.save()
    return invitation


def nudge() -> None:
    """Let the queue send what is owed at once; without this its sweep finds it within a minute."""
    async_task("accounts.jobs.send_invitations", task_name="invitations", save=False)
