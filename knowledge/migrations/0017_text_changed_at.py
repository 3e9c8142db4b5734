import django.utils.timezone
from django.db import migrations, models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce


def tell_since_when(apps, schema_editor):
    """What was saved after readers' text was published is no change of that: there, it is as old as its publication."""
    behind = Q(state="published") & ~Q(revision_number=F("published_number"))
    published = Coalesce("published_at", "updated_at")
    since = Case(When(behind, then=published), default=F("updated_at"))
    apps.get_model("knowledge", "Article").objects.update(text_changed_at=since)


class Migration(migrations.Migration):

    dependencies = [
        ('knowledge', '0016_next_place'),
    ]

    operations = [
        migrations.AddField(
            model_name='article',
            name='text_changed_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.RunPython(tell_since_when, migrations.RunPython.noop, elidable=True),
    ]
