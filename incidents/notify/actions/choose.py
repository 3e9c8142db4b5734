"""Choose what to hear."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused, require
from accounts.models import User
from incidents.notify import choices
from incidents.notify.models import Channel, Choice, Topic
from incidents.notify.rules import ALWAYS
from incidents.notify.wishes import Wish


@transaction.atomic
def choose(*, by: User, topic: Topic, channel: Channel, wanted: bool, daily: bool = False) -> None:
    """Hear of the topic on this channel from now on, or no more; mail also together in the morning.

    What is as the rules say needs no row.

    Raises:
        NotAllowed: people like `by` never hear of this topic.
        Refused: it is told always.
    """
    require(topic in choices.topics_of(by), _("This is only for people who work on tickets."))
    if (topic, channel) in ALWAYS and not wanted:
        raise Refused(_("We always tell you this, so that no ticket is left lying."))
    wish = Wish(wanted, wanted and daily and channel == Channel.MAIL)
    if wish == choices.usual_of(by, topic, channel):
        Choice.objects.filter(user=by, topic=topic, channel=channel).delete()
    else:
        Choice.objects.update_or_create(
            user=by, topic=topic, channel=channel,
            defaults={"is_wanted": wish.is_wanted, "is_daily": wish.is_daily},
        )  # fmt: skip
