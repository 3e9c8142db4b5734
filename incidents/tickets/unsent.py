"""What somebody typed and has not sent: a draft, or text that waited while they signed in again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts import typed
from accounts.http import UserRequest
from accounts.models import User
from incidents.tickets.models import Draft

NOT_TEXT = {"csrfmiddlewaretoken", "kept_for", "key", "draft", "files", "password"}
LONGEST = 200_000
"""Characters of a whole form that are kept."""


@dataclass(frozen=True)
class Unsent:
    """Values by the name of their field. `is_fresh`: typed a moment ago, before the session ended."""

    text: Mapping[str, str]
    is_fresh: bool = False


def restore(request: UserRequest, form: str) -> Unsent | None:
    """What this person typed into this form; text that waited for their sign-in wins over an older draft."""
    return restore_all(request, [form]).get(form)


def restore_all(request: UserRequest, forms: Sequence[str]) -> dict[str, Unsent]:
    """As `restore`, for several forms of one page with one query."""
    drafts = Draft.objects.filter(user=request.user, form__in=forms)
    found = {draft.form: Unsent(_last(draft.text)) for draft in drafts}
    for form in forms:
        if waited := typed.restore(request, form):
            found[form] = Unsent(_last(waited), is_fresh=True)
    return found


def keep(user: User, form: str, posted: Any) -> None:
    """Keep a form as a draft, without its files. An empty one ends the draft; one far too long is left alone."""
    text = {
        name: [value.replace("\x00", "") for value in values]
        for name, values in posted.lists()
        if name not in NOT_TEXT and any(values)
    }
    if not text:
        forget(user, form)
    elif len(json.dumps(text)) <= LONGEST:
        Draft.objects.update_or_create(user=user, form=form, defaults={"text": text})


def forget(user: User, form: str) -> None:
    """It was sent, or is no longer wanted."""
    Draft.objects.filter(user=user, form=form).delete()


def _last(lists: Mapping[str, Any]) -> dict[str, str]:
    return {name: values[-1] for name, values in lists.items() if values}
