from django.db import migrations, models
from django.db.models import F, Q


def say_state(apps, schema_editor):
    rows = apps.get_model("notify", "Acknowledgement").objects.using(schema_editor.connection.alias)
    rows.update(tried_since=F("created_at"))
    rows.filter(sent_at__isnull=False).update(state="sent")
    rows.filter(given_up_at__isnull=False).update(state="failed")


def say_given_up(apps, schema_editor):
    rows = apps.get_model("notify", "Acknowledgement").objects.using(schema_editor.connection.alias)
    rows.filter(state__in=["failed", "dropped"]).update(given_up_at=F("due_at"))


class Migration(migrations.Migration):
    """There are few of these rows: until now they were kept for two days."""

    dependencies = [("notify", "0015_occasions")]

    operations = [
        migrations.AddField("acknowledgement", "state", models.CharField(
            choices=[("waiting", "waiting"), ("sending", "being sent"), ("sent", "sent"), ("failed", "failed"), ("dropped", "not sent")],
            default="waiting", max_length=8,
        )),
        migrations.AddField("acknowledgement", "tried_since", models.DateTimeField(null=True)),
        migrations.AddField("acknowledgement", "leased_until", models.DateTimeField(null=True)),
        migrations.RunPython(say_state, say_given_up),
        migrations.RemoveIndex("acknowledgement", "ack_due"),
        migrations.RemoveField("acknowledgement", "given_up_at"),
        migrations.AddIndex("acknowledgement", models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="ack_due")),
        migrations.AddIndex("acknowledgement", models.Index(fields=["leased_until"], condition=Q(state="sending"), name="ack_leased")),
    ]
