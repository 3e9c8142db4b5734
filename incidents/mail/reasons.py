"""Why a mail is held, ignored or set aside. Kept as a value, told in words."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    TOO_LARGE = "too_large", _("It is larger than the portal takes.")
    NOT_GIVEN = "not_given", _("The mail server did not hand it over.")
    TWIN = "twin", _("Another mail came with the same Message-ID and says something else.")
    FAILED = "failed", _("It could not be worked through.")
    DISCARDED = "discarded", _("Somebody discarded it.")
    # Set aside: nobody can say what is in it.
    UNFIT = "unfit", _("It is built in a way that no mail program builds mail.")
    # Ignored: nobody sat down to write it.
    BOUNCE = "bounce", _("A mail server says that a mail could not be delivered.")
    AUTOMATIC = "automatic", _("A machine sent it, such as an absence note.")
    LIST = "list", _("It comes from a mailing list or a newsletter.")
    LOOP = "loop", _("We sent it ourselves, or another portal like this one did.")
    # Held: somebody decides.
    NO_SENDER = "no_sender", _("It does not say plainly who sent it.")
    FORGED = "forged", _("The mail server found that its sender’s address may be forged.")
    UNKNOWN = "unknown", _("Its sender is not on the portal.")
    LEFT = "left", _("Its sender’s account is not in use any more.")
    OUTSIDER = "outsider", _("It answers a ticket that its sender is not on.")
    STAFF = (
        "staff",
        _("Its sender works on the ticket, and a mail alone never speaks for the desk."),
    )
    NO_REPLY = (
        "no_reply",
        _("It is about proving an address, or comes from one that takes no answers."),
    )
    GROUP = "group", _("It came by a group or a mailing list, from somebody of the portal.")
    EVERY = "every", _("In this mailbox somebody looks at every new matter first.")
    TOO_MANY = (
        "too_many",
        _("So many mails came from its sender within the hour that a machine may write them."),
    )
    REFUSED = "refused", _("The portal refused it.")
