"""One index of articles for both databases, instead of FTS5 and `tsvector`: see `knowledge.search.postings`.

Its tables are filled after the migrations (`knowledge.apps`), by the code that fills them ever after.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

POSTGRES = """
DROP TABLE article_index;
CREATE TABLE article_posting (term text COLLATE "C", article_id bigint, weight smallint NOT NULL, PRIMARY KEY (term, article_id) INCLUDE (weight));
CREATE TABLE article_text (article_id bigint PRIMARY KEY, title text NOT NULL, words text NOT NULL, postings text NOT NULL);
CREATE TABLE article_slip (slip text COLLATE "C", word text COLLATE "C", PRIMARY KEY (slip, word));
"""

SQLITE = """
DROP TABLE article_index;
CREATE TABLE article_posting (term text, article_id integer, weight integer NOT NULL, PRIMARY KEY (term, article_id)) WITHOUT ROWID;
CREATE TABLE article_text (article_id integer PRIMARY KEY, title text NOT NULL, words text NOT NULL, postings text NOT NULL);
CREATE TABLE article_slip (slip text, word text, PRIMARY KEY (slip, word)) WITHOUT ROWID;
"""


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_postgres = schema_editor.connection.vendor == "postgresql"
    for statement in (POSTGRES if on_postgres else SQLITE).split(";")[:-1]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0008_outline_help")]

    operations = [migrations.RunPython(make)]
