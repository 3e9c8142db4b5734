from django.db import migrations


def allow(apps, schema_editor):
    """Administrators of an install that is older get the permissions that came with process and erasure."""
    role = apps.get_model("accounts", "Role").objects.filter(is_seeded=True, slug="administrator").first()
    if role is None:
        return
    new = [name for name in ("process.manage", "people.erase") if name not in role.permissions]
    role.permissions += new
    role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [("accounts", "0004_publish_own")]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
