"""Give an article another address. The former one leads to it for good, so that no link breaks."""

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.models import User
from knowledge import policies
from knowledge.actions.draft import LONGEST_SLUG, TAKEN
from knowledge.actions.revise import NO_RIGHT, lock
from knowledge.models import Article, FormerSlug


@transaction.atomic
def rename(article: Article, *, slug: str, by: User) -> Article:
    """Move the article to `slug`. To where it is already changes nothing; back to a former address of its own is fine.

    Raises:
        NotAllowed: `by` may not change where it stands.
        InvalidInput: that is no address, or another article has it, or had it before.
    """
    article = lock(article)
    require(policies.can_settle(by, article), _(NO_RIGHT))
    wanted = slugify(slug)[:LONGEST_SLUG].strip("-")
    if not wanted or wanted in TAKEN:
        raise InvalidInput(_("This can’t be an address. Use some letters or digits."), field="slug")
    if wanted == article.slug:
        return article
    others = FormerSlug.objects.filter(slug=wanted).exclude(article=article)
    if Article.objects.filter(slug=wanted).exists() or others.exists():
        raise _taken()
    FormerSlug.objects.filter(slug=wanted).delete()
    FormerSlug.objects.create(slug=article.slug, article=article)
    article.slug = wanted
    try:
        with transaction.atomic():
            article.save(update_fields=["slug"])
    except IntegrityError as error:  # somebody took it since we looked
        raise _taken() from error
    return article


def _taken() -> InvalidInput:
    words = _("Another article has this address, or had it once: links would lead astray.")
    return InvalidInput(words, field="slug")
