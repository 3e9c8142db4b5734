"""What somebody typed and has not sent: a draft, or text that waited while they signed in again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts import kept, typed
from accounts.bidi import isolated
from accounts.files import clean_name
from accounts.http import UserRequest
from accounts.models import User
from incidents.tickets.models import Draft

NOT_TEXT = {"csrfmiddlewaretoken", "kept_for", "key", "draft", "files", "password"}
"""Characters of a whole form that are kept: several times what a verb takes, so that it can be shortened later."""
MOST_NAMED = 10


@dataclass(frozen=True)
class Unsent:
    """Values by the name of their field. `is_fresh`: typed a moment ago, before the session ended."""

    lists: Mapping[str, Sequence[str]]
    is_fresh: bool = False

    @property
    def text(self) -> dict[str, str]:
        """The last value of each field."""
        return {name: values[-1] for name, values in self.lists.items() if values}

    @property
    def posted(self) -> MultiValueDict[str, str]:
        """All of it, as the form would have sent it: several boxes have one name."""
        return MultiValueDict({name: list(values) for name, values in self.lists.items()})


def restore(request: UserRequest, form: str) -> Unsent | None:
    """What this person typed into this form; text that waited for their sign-in wins over an older draft."""
    return restore_all(request, [form]).get(form)


def restore_all(
    request: UserRequest, forms: Sequence[str], *, has_drafts: bool = True
) -> dict[str, Unsent]:
    """As `restore`, for several forms of one page with one query; with none, where it is known that there are no drafts."""
    drafts = _drafts(request.user, forms) if has_drafts else []
    found = {draft.form: Unsent(draft.text) for draft in drafts}
    for form in forms:
        if waited := typed.take(request, form):
            found[form] = Unsent(waited.text, is_fresh=True)
            _tell_of_files(request, waited.files)
    return found


def _drafts(user: User, forms: Sequence[str]) -> list[Draft]:
    names = {f"form{place}": form for place, form in enumerate(forms)}
    return kept.instances(
        ("drafts", len(forms)),
        lambda: Draft.objects.filter(
            user=kept.Hole("user"), form__in=[kept.Hole(name) for name in names]
        ),
        user=user.pk,
        **names,
    )


def keep(user: User, form: str, posted: Any) -> bool:
    """Keep a form as a draft, without its files. An empty one ends the draft; one far too long is not taken."""
    text = typed.words_of(posted, without=NOT_TEXT)
    if not text:
        forget(user, form)
    elif typed.is_too_long(text):
        return False
    else:
        Draft.objects.update_or_create(user=user, form=form, defaults={"text": text})
    return True


def forget(user: User, form: str) -> bool:
    """It was sent, or is no longer wanted. Whether there was one."""
    gone, _rows = Draft.objects.filter(user=user, form=form).delete()
    return gone > 0


def _tell_of_files(request: UserRequest, names: Sequence[str]) -> None:
    """Files wait for nobody's sign-in; whoever sent some must know."""
    if names:
        several = ", ".join(isolated(clean_name(name)) for name in names[:MOST_NAMED])
        messages.warning(
            request,
            _("We kept what you typed, but not your files. Choose them again: %(names)s") % {"names": several},
        )  # fmt: skip
