from django.db import migrations, models

KEPT = {"mail": 3, "unused": 1}


def add(apps, schema_editor):
    """What a job of its own did until now, as rules that can be seen and changed."""
    rules = apps.get_model("privacy", "RetentionRule").objects.using(schema_editor.connection.alias)
    for what, months in KEPT.items():
        rules.create(what=what, months=months, is_on=True)


def remove(apps, schema_editor):
    rules = apps.get_model("privacy", "RetentionRule").objects.using(schema_editor.connection.alias)
    rules.filter(what__in=KEPT).delete()


class Migration(migrations.Migration):
    dependencies = [("privacy", "0002_what_was_agreed")]

    operations = [
        migrations.AlterField("retentionrule", "what", models.CharField(
            choices=[
                ("tickets", "closed tickets"), ("sign_ins", "from where somebody signed in"), ("audit", "entries of the audit log"),
                ("mail", "mail as it came, on tickets"), ("unused", "mail as it came, of which nothing was made"),
            ],
            max_length=10, verbose_name="what",
        )),
        migrations.RunPython(add, remove),
    ]
