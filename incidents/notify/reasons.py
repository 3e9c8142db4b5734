"""Why somebody was told: the audiences that rules name, in words for them and for whoever looks after notices."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ON_IT = gettext_lazy("It is their ticket, or they follow it")
OWN = gettext_lazy("It is their ticket")
HAS_IT = gettext_lazy("They take care of it")
HAD_IT = gettext_lazy("They took care of it")
TEAM = gettext_lazy("It is their team’s")
PROMISE = gettext_lazy("They keep the promise that runs out")
KEEPS = gettext_lazy("They look after the article")

WORDS: dict[str, str | Promise] = {
    "parties": OWN,
    "parties_if_told": OWN,
    "known_parties": OWN,
    "requester": OWN,
    "on_it": ON_IT,
    "on_it_if_not_solved": ON_IT,
    "asked_or_answered": ON_IT,
    "followers": gettext_lazy("They follow it"),
    "named": gettext_lazy("Somebody added them"),
    "told": gettext_lazy("It was escalated to them"),
    "mentioned": gettext_lazy("They are named in it"),
    "assignee": HAS_IT,
    "assignee_asked": HAS_IT,
    "assignee_again": HAS_IT,
    "previous_assignee": HAD_IT,
    "assignee_of_merged": HAD_IT,
    "team": TEAM,
    "team_if_nobody_has_it": gettext_lazy("It is their team’s, and nobody had it"),
    "team_if_now_critical": gettext_lazy("It is their team’s, and became critical"),
    "who_keeps_the_promise": PROMISE,
    "who_keeps_the_promise_if_urgent": PROMISE,
    "named_by_policy": gettext_lazy("The promise’s policy names them"),
    "keeper": KEEPS,
    "keeper_and_writer": gettext_lazy("They look after the article, or wrote it"),
    "planner_and_keeper": gettext_lazy("They planned it, or look after the article"),
    "owner": KEEPS,
    "asker": gettext_lazy("They asked for the review"),
    "reviewer": gettext_lazy("They are asked to review it"),
    "reviewers": gettext_lazy("They may publish it"),
    "subscribers": gettext_lazy("They follow the article or its topic"),
    "reader_who_wrote": gettext_lazy("They wrote about the article"),
}


def said(because: str) -> str:
    """For rows from before reasons were kept: nothing is known."""
    return str(WORDS.get(because, "")) if because else _("Not noted")
