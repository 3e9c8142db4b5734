from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notify", "0014_tried_since")]

    operations = [
        migrations.AddField("delivery", "occasion", models.CharField(blank=True, db_default="", max_length=20)),
        migrations.AddField("delivery", "occasion_data", models.JSONField(null=True)),
        migrations.RemoveConstraint("delivery", "delivers_one_thing"),
        migrations.AddConstraint(
            "delivery",
            models.CheckConstraint(
                condition=Q(event__isnull=False, news=None, occasion="")
                | Q(event=None, news__isnull=False, occasion="")
                | Q(event=None, news=None, occasion__gt=""),
                name="delivers_one_thing",
            ),
        ),
    ]
