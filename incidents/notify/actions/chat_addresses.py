"""Where somebody is reached by a chat or phone service."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed
from accounts.models import User
from incidents.notify import services
from incidents.notify.models import ChatAddress, ChatService


@transaction.atomic
def set_address(service: ChatService, to: str, *, by: User) -> ChatAddress:
    """Reach `by` there from now on.

    Raises:
        NotAllowed: the service is a team's, or switched off.
        InvalidInput: that is no number and no name.
    """
    if service.team_id is not None or not service.is_on:
        raise NotAllowed(_("This service is not offered to people."))
    address, _is_new = ChatAddress.objects.update_or_create(
        user=by, service=service, defaults={"to": services.check_to(to)}
    )
    return address


def remove_address(service: ChatService, *, by: User) -> None:
    ChatAddress.objects.filter(user=by, service=service).delete()
