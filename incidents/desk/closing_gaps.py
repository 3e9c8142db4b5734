"""What an editor does about a gap: write it up, give an article its words, or say that it needs none."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.errors import Refused, require
from accounts.models import User
from incidents.desk import gaps
from incidents.desk.gaps import Shown
from incidents.desk.models import Gap
from knowledge import actions as knowledge
from knowledge import policies
from knowledge.models import Article, ClosedGap

NOT_YOURS = gettext_noop("You may not write articles. Ask a knowledge editor.")
MOST_TAGS = 12
LONGEST_TAG = 40
LONGEST_TITLE = 200


@transaction.atomic
def write(shown: Shown, *, by: User) -> Article:
    """Start the article: its title as people put it, and the words they used below it. Twice starts it once.

    Of tickets that not every reader of the draft may see only the numbers stand there, which lead in only those who may.

    Raises:
        NotAllowed: `by` may not write.
    """
    Gap.objects.select_for_update().filter(pk=shown.gap.pk).first()
    if there := written_up(shown.gap.pk, by=by):
        return there
    told = gaps.told_to_writers(shown.examples)
    said = [*shown.gap.words, *(one.title for one in told)]
    title = _one_line(said[0])[:LONGEST_TITLE] if said else _("What several tickets were about")
    others = ", ".join(one.ref for one in shown.examples if one not in told)
    body = "\n\n".join(
        [
            "## " + _("What goes wrong"),
            *([_("People put it like this:"), _listed(said)] if said else []),
            *([_("See these tickets: %(tickets)s") % {"tickets": others}] if others else []),
            "## " + _("What to do"),
            _("(not known yet)"),
        ]
    )
    article = knowledge.draft(title[:1].upper() + title[1:], by=by, body=body, note=_("From a gap"))
    close(shown, by=by, article=article)
    return article


def written_up(gap: int, *, by: User) -> Article | None:
    """What closed this gap, where `by` may write it."""
    closed = ClosedGap.objects.filter(key__in=Gap.objects.filter(pk=gap).values("key"))
    return Article.objects.on_shelf_of(by).filter(pk__in=closed.values("article")).first()


@transaction.atomic
def give_words(shown: Shown, article: Article, *, by: User) -> Article:
    """Let the article be found by what people searched for: tags of its next revision, which somebody still publishes.

    Titles of tickets never become tags: not everybody who reads the article may read those.

    Raises:
        NotAllowed: `by` may not write there.
        Refused: there are too many tags already, or nothing new to add.
    """
    latest = article.revisions.get(number=article.revision_number)
    tags = list(latest.tags)
    for one in shown.gap.words:
        tag = _one_line(one).replace(",", " ")[:LONGEST_TAG].strip().lower()
        if tag and tag not in tags and len(tags) < MOST_TAGS:
            tags.append(tag)
    if tags == latest.tags:
        raise Refused(
            _("This article has as many words as it can have. Take some of its tags away first.")
        )
    article = knowledge.revise(
        article, by=by, title=latest.title, summary=latest.summary, body=latest.body, tags=tags,
        note=_("Words people look for"),
    )  # fmt: skip
    close(shown, by=by, article=article)
    return article


@transaction.atomic
def close(shown: Shown, *, by: User, article: Article | None = None) -> None:
    """Ask no more for this, whichever of its wordings comes again. Twice changes nothing.

    Raises:
        NotAllowed: `by` may not write articles.
    """
    require(policies.can_write(by), _(NOT_YOURS))
    now = timezone.now()
    keys = dict.fromkeys([shown.gap.key, *shown.gap.keys])
    ClosedGap.objects.bulk_create(
        [ClosedGap(key=key, article=article, closed_by=by, closed_at=now) for key in keys],
        ignore_conflicts=True,
    )


def _listed(said: list[str]) -> str:
    return "\n".join(f"- {_one_line(words)}" for words in dict.fromkeys(said))


def _one_line(words: object) -> str:
    return " ".join(str(words).split())
