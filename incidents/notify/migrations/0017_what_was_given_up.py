from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notify", "0016_acknowledgements_on_a_lane")]

    operations = [
        migrations.AddIndex("delivery", models.Index(
            fields=["due_at"], condition=Q(channel__in=["mail", "push", "chat"], state="failed"), name="told_failed",
        )),
        migrations.RemoveIndex("delivery", "mail_failed"),
        migrations.AddIndex("posting", models.Index(
            fields=["due_at"], condition=Q(state="failed"), name="posting_failed",
        )),
    ]
