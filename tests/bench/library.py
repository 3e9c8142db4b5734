"""What benches of the knowledge base share: texts as articles, on each database in a process of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests import services
from tests.bench.questions import Text

ROOT = Path(__file__).resolve().parents[2]
TABLES = (
    "knowledge_article", "article_posting", "article_text", "article_word", "article_slip", "article_trigram",
)  # fmt: skip
"""What a search reads."""


def on_each(databases: str, module: str) -> None:
    """Run the bench again with `--here`, once on each of the databases (“sqlite,postgres”): Django knows one a process."""
    for database in databases.split(","):
        if database == "postgres":
            with services.postgres() as url:
                _here(module, url)
        else:
            _here(module, "")


def _here(module: str, url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="firebreak-bench-") as folder:
        env = {**os.environ, "FIREBREAK_DATA": folder, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}  # fmt: skip
        command = [sys.executable, "-m", module, *sys.argv[1:], "--here"]
        subprocess.run(command, cwd=ROOT, env=env, check=True)


def stocked(texts: Sequence[Text]) -> Any:
    """A reader of a knowledge base that has these articles and no others, all of them in the index."""
    from django.db import connection, transaction
    from django.utils import timezone

    from accounts.models import User
    from knowledge import search
    from knowledge.models import Article

    with transaction.atomic():
        reader, _made = User.objects.get_or_create(
            email="bench@example.com", defaults={"display_name": "Bench"}
        )
        Article.objects.all().delete()
        search.reindex()
        made = [
            Article(
                slug=f"text-{at}", title=text.title[:200] or "?", body=text.body.replace("\x00", ""), state="published",
                source_path=text.key, author=reader, updated_at=timezone.now(),
            )
            for at, text in enumerate(texts)
        ]  # fmt: skip
        Article.objects.bulk_create(made, batch_size=500)
        search.reindex()
    with connection.cursor() as cursor:
        # Not of everything: after thousands of tests that takes PostgreSQL longer than a statement may.
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")
    return reader
