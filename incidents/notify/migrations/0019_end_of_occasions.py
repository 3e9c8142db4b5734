from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notify", "0018_mail_by_its_id")]

    operations = [
        migrations.AddIndex("delivery", models.Index(
            fields=["tried_since"], condition=Q(occasion__gt=""), name="occasion_tried",
        )),
        migrations.AddIndex("delivery", models.Index(
            fields=["recipient", "id"], condition=Q(occasion__gt=""), name="occasion_of",
        )),
    ]
