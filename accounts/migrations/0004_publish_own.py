from django.db import migrations


def allow_own(apps, schema_editor):
    """The seeded roles that an install already has get the permission that came with reviews."""
    for role in apps.get_model("accounts", "Role").objects.filter(
        is_seeded=True, slug__in=["knowledge-editor", "administrator"]
    ):
        if "articles.publish_own" not in role.permissions:
            role.permissions.append("articles.publish_own")
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [("accounts", "0003_absence_and_assignment")]

    operations = [migrations.RunPython(allow_own, migrations.RunPython.noop)]
