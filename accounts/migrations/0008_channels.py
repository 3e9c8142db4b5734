from django.db import migrations


def allow(apps, schema_editor):
    """Administrators of an install that is older get the permission that came with mail, webhooks and single sign-on."""
    role = apps.get_model("accounts", "Role").objects.filter(is_seeded=True, slug="administrator").first()
    if role is None or "channels.manage" in role.permissions:
        return
    role.permissions.append("channels.manage")
    role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [("accounts", "0007_invitation")]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
