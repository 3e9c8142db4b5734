"""A promised time that runs out, in words. What is promised and until when is worked out in `incidents.sla`."""

from django.utils.translation import gettext as _


def nearly_used(kind: str, share: int) -> str:
    """A warning: so much of the time, in percent, is used."""
    said = {
        "first_response": _("The first response is due soon: %(share)d %% of the time is used"),
        "next_response": _("The next response is due soon: %(share)d %% of the time is used"),
        "resolution": _("The solution is due soon: %(share)d %% of the time is used"),
    }
    return said[kind] % {"share": share}


def missed(kind: str) -> str:
    return {
        "first_response": _("The promised time for the first response is over"),
        "next_response": _("The promised time for the next response is over"),
        "resolution": _("The promised time for the solution is over"),
    }[kind]
