"""The search documents of tickets. A table of its own, known only to `incidents.tickets.search`.

It points at tickets without a foreign key: the table is no model, and a key from outside would keep Django from
emptying tables between tests. Every search joins the tickets that a person sees, so a row left over finds nothing.
The index by team is for people who see few of very many tickets: it brings those, rather than all that match.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# A short list of what is not yet in the index keeps filing fast; a long one would make each search slow.
POSTGRES = """
CREATE TABLE ticket_document (ticket_id bigint PRIMARY KEY, size integer NOT NULL, vector tsvector NOT NULL);
CREATE INDEX ticket_document_vector ON ticket_document USING gin (vector) WITH (gin_pending_list_limit = 256);
CREATE INDEX ticket_team ON tickets_ticket (team_id, id);
"""

SQLITE = """
CREATE VIRTUAL TABLE ticket_document USING fts5(
  title, text, tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3');
"""


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_postgres = schema_editor.connection.vendor == "postgresql"
    for statement in (POSTGRES if on_postgres else SQLITE).split(";")[:-1]:
        schema_editor.execute(statement)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TABLE ticket_document")
    schema_editor.execute("DROP INDEX IF EXISTS ticket_team")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0002_ticket_number")]

    operations = [migrations.RunPython(make, drop)]
