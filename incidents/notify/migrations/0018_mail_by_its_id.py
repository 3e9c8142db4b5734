from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notify", "0017_what_was_given_up")]

    operations = [
        migrations.AddIndex("delivery", models.Index(
            fields=["message_id"], condition=Q(channel="mail"), name="mail_by_id",
        )),
        migrations.RemoveIndex("delivery", "mail_news_id"),
    ]
