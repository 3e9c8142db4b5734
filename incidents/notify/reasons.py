"""Why somebody was told: the audiences that rules name, in words for them and for whoever looks after notices."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ON_IT = gettext_lazy("Own ticket, or followed")
OWN = gettext_lazy("Own ticket")
HAS_IT = gettext_lazy("Takes care of it")
HAD_IT = gettext_lazy("Took care of it")
TEAM = gettext_lazy("Of the team")
PROMISE = gettext_lazy("Keeps the promised time")
KEEPS = gettext_lazy("Looks after the article")

WORDS: dict[str, str | Promise] = {
    "parties": OWN,
    "parties_if_told": OWN,
    "known_parties": OWN,
    "requester": OWN,
    "on_it": ON_IT,
    "on_it_if_not_solved": ON_IT,
    "asked_or_answered": ON_IT,
    "followers": gettext_lazy("Follows it"),
    "named": gettext_lazy("Was added"),
    "told": gettext_lazy("Called by an escalation"),
    "mentioned": gettext_lazy("Named in it"),
    "assignee": HAS_IT,
    "assignee_asked": HAS_IT,
    "assignee_again": HAS_IT,
    "previous_assignee": HAD_IT,
    "assignee_of_merged": HAD_IT,
    "team": TEAM,
    "team_if_nobody_has_it": gettext_lazy("Of the team, and nobody had it"),
    "team_if_now_critical": gettext_lazy("Of the team, and it became critical"),
    "who_keeps_the_promise": PROMISE,
    "who_keeps_the_promise_if_urgent": PROMISE,
    "named_by_policy": gettext_lazy("Named by the policy of the promise"),
    "keeper": KEEPS,
    "keeper_and_writer": gettext_lazy("Looks after the article, or wrote it"),
    "planner_and_keeper": gettext_lazy("Planned it, or looks after the article"),
    "owner": KEEPS,
    "asker": gettext_lazy("Asked for the review"),
    "reviewer": gettext_lazy("Asked to review it"),
    "reviewers": gettext_lazy("May publish it"),
    "subscribers": gettext_lazy("Follows the article or its topic"),
    "reader_who_wrote": gettext_lazy("Wrote about the article"),
}


def said(because: str) -> str:
    """For rows from before reasons were kept: nothing is known."""
    return str(WORDS.get(because, "")) if because else _("Not noted")
