"""The sequence that ticket numbers come from."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LAST = 1000


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE SEQUENCE ticket_number START WITH {LAST + 1}")
    else:
        schema_editor.execute("CREATE TABLE ticket_number (last integer NOT NULL)")
        schema_editor.execute(f"INSERT INTO ticket_number VALUES ({LAST})")


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    kind = "SEQUENCE" if schema_editor.connection.vendor == "postgresql" else "TABLE"
    schema_editor.execute(f"DROP {kind} ticket_number")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [migrations.RunPython(make, drop)]
