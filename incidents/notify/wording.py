"""The words around the news in a letter: an organisation's own, or ours in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from django.utils import translation
from django.utils.translation import gettext as _

from incidents.notify.correspondence import LetterKind, LetterText


@dataclass(frozen=True)
class Texts:
    """What can be set of a letter, with variables, see `filling`."""

    subject: str = ""
    greeting: str = ""
    sentence: str = ""
    foot: str = ""

    @classmethod
    def of(cls, kind: LetterKind, language: str, typed: "Mapping[str, str] | None" = None) -> "Texts":  # fmt: skip
        """Those of a kind of letter; with `typed`, as if its own texts were these."""
        rows = LetterText.objects.filter(kind__in=[kind, LetterKind.EVERY], language=language)
        own = {
            (of := LetterKind(row.kind)): {name: getattr(row, name) for name in of.fields}
            for row in rows
        }
        own[kind] = dict(typed) if typed is not None else own.get(kind, {})
        layers = [own[kind]]
        if kind not in {LetterKind.EVERY, LetterKind.UNKNOWN_SENDER}:
            layers.append(own.get(LetterKind.EVERY, {}))
        ours = our_texts(kind, language)
        return cls(**{n: next((one[n] for one in layers if one.get(n)), getattr(ours, n)) for n in NAMES})  # fmt: skip


NAMES = tuple(field.name for field in fields(Texts))


def our_texts(kind: LetterKind, language: str) -> Texts:
    """What we say where nobody says otherwise."""
    with translation.override(language):
        if kind is LetterKind.UNKNOWN_SENDER:
            return Texts(
                subject=_("We have your mail"),
                greeting=_("Hello,"),
                sentence=_(
                    "your mail to %(site)s has arrived. We don’t know your address yet, so somebody looks at it first. There is no need to send it again."
                )
                % {"site": "{{site.name}}"},
            )
        hello = _("Hello %(name)s,") % {"name": "{{reader.first_name}}"}
        return Texts(greeting=hello, sentence="{{news}}")
