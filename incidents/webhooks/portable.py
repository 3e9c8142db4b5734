"""Webhooks as configuration. Their secrets are in no file: one that comes in by a file gets a new one, to be made anew
on its page and told to the receiver."""

from typing import Any

from accounts.administration.portable import Column, Part, Values, by_form, register
from accounts.models import User
from accounts.permissions import Permission
from incidents.tickets.kinds import Kind
from incidents.webhooks import listening
from incidents.webhooks.forms import EndpointForm
from incidents.webhooks.models import Endpoint


def write_endpoint(part: Part, row: Any, values: Values, *, by: User) -> Endpoint:
    saved: Any = by_form(part, row, values, by=by)
    endpoint: Endpoint = saved
    switched_on(endpoint)
    listening.renew()
    return endpoint


def switched_on(endpoint: Endpoint) -> None:
    """One that a person switched on begins afresh, whatever it failed at before."""
    if endpoint.is_active:
        Endpoint.objects.filter(pk=endpoint.pk, disabled_at__isnull=False).update(
            failures=0, failing_since=None, rests_until=None, disabled_at=None,
            disabled_because="", told_at=None,
        )  # fmt: skip


KINDS = {"type": "array", "uniqueItems": True, "minItems": 1, "items": {"enum": list(Kind.values)}}

register(
    Part(
        "webhooks", 90, Endpoint, Permission.CHANNELS_MANAGE, ("name",),
        tuple(name for name in EndpointForm.Meta.fields if name not in ("name", "kinds")),
        columns={"kinds": Column(lambda row: list(row.kinds), lambda given: given, KINDS)},
        form=EndpointForm, write=write_endpoint,
    )
)  # fmt: skip
