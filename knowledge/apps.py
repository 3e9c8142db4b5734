from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    verbose_name = _("Knowledge base")

    def ready(self) -> None:
        from knowledge import hooks
        from knowledge.actions.translate import source_published

        hooks.register(source_published)
        post_migrate.connect(_fill_search, sender=self)


def _fill_search(using: str, **_kwargs: Any) -> None:
    """Put what is published into an index that a migration has left empty."""
    from knowledge import search

    if using == "default" and search.is_empty():
        search.reindex()
