"""A condition in words, for those who read a form without JavaScript and for its editor."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from incidents.tickets.questions.definition import (
    Compare,
    Condition,
    Every,
    Question,
    QuestionKind,
    Some,
)
from incidents.tickets.questions.values import Answer


def only_if(
    condition: Condition, questions: Mapping[str, Question], services: Mapping[int, str]
) -> str:
    """“Only if “Device” is “Laptop”.”"""
    return _("Only if %(condition)s.") % {"condition": _tell(condition, questions, services)}


def _tell(
    condition: Condition, questions: Mapping[str, Question], services: Mapping[int, str]
) -> str:
    if isinstance(condition, Every | Some):
        together = _("%(one)s and %(other)s") if isinstance(condition, Every) else _("%(one)s or %(other)s")  # fmt: skip
        told = [
            _("(%(condition)s)") % {"condition": _tell(part, questions, services)}
            if isinstance(part, Every | Some) and len(condition.parts) > 1
            else _tell(part, questions, services)
            for part in condition.parts
        ]
        sentence = told[0]
        for other in told[1:]:
            sentence = together % {"one": sentence, "other": other}
        return sentence
    assert isinstance(condition, Compare)  # noqa: S101 (for the type checker)
    return _compared(condition, questions[condition.question], services)


def _compared(compare: Compare, question: Question, services: Mapping[int, str]) -> str:
    parts = {"question": question.label, "answer": _value(question, compare.value, services)}
    if compare.value is None:
        is_empty = _("“%(question)s” is not answered")
        return (is_empty if compare.relation == "is" else _("“%(question)s” is answered")) % parts
    told = {
        "is": _("“%(question)s” is “%(answer)s”"),
        "is_not": _("“%(question)s” is not “%(answer)s”"),
        "has": _("“%(question)s” has “%(answer)s”"),
    }
    return told[compare.relation] % parts


def _value(question: Question, value: Answer, services: Mapping[int, str]) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int):
        return services.get(value, _("a service"))
    if question.kind == QuestionKind.NUMBER and value is not None:
        return number_format(Decimal(str(value)))
    if question.kind == QuestionKind.DATE and value is not None:
        return date_format(date.fromisoformat(str(value)), "DATE_FORMAT")
    return str(value)
