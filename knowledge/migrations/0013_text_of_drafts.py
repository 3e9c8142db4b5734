"""What is not published shows its newest text: rows that kept what was published once, before that was so, get it."""

from django.db import migrations


def show_newest(apps, _schema_editor):
    Article = apps.get_model("knowledge", "Article")
    Revision = apps.get_model("knowledge", "Revision")
    for article in Article.objects.exclude(state="published").order_by("pk").iterator(chunk_size=200):
        newest = Revision.objects.filter(article=article.pk, number=article.revision_number).first()
        if newest is None:
            continue
        texts = {name: getattr(newest, name) for name in ("title", "summary", "body", "tags")}
        if any(getattr(article, name) != text for name, text in texts.items()):
            Article.objects.filter(pk=article.pk).update(**texts)


class Migration(migrations.Migration):

    dependencies = [
        ("knowledge", "0012_planned_but_not_out"),
    ]

    operations = [
        migrations.RunPython(show_newest, migrations.RunPython.noop),
    ]
