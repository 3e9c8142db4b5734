"""The index of articles, and the words in them. Tables of their own, known only to `knowledge.search`.

None points at an article by a foreign key: the tables are no models, and a key from outside would keep Django from
emptying tables between tests. Every search joins the articles that a reader may read, so a row left over finds nothing.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

POSTGRES = """
CREATE TABLE article_index (article_id bigint PRIMARY KEY, vector tsvector NOT NULL);
CREATE INDEX article_index_vector ON article_index USING gin (vector) WITH (fastupdate = off);
CREATE TABLE article_word (word text COLLATE "C", article_id bigint, PRIMARY KEY (word, article_id));
CREATE INDEX article_word_article ON article_word (article_id);
CREATE TABLE article_trigram (trigram text COLLATE "C", word text COLLATE "C", PRIMARY KEY (trigram, word));
"""

SQLITE = """
CREATE VIRTUAL TABLE article_index USING fts5(
  title, keywords, summary, body, tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3');
CREATE TABLE article_word (word text, article_id integer, PRIMARY KEY (word, article_id)) WITHOUT ROWID;
CREATE INDEX article_word_article ON article_word (article_id);
CREATE TABLE article_trigram (trigram text, word text, PRIMARY KEY (trigram, word)) WITHOUT ROWID;
"""


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_postgres = schema_editor.connection.vendor == "postgresql"
    for statement in (POSTGRES if on_postgres else SQLITE).split(";")[:-1]:
        schema_editor.execute(statement)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in ("article_index", "article_word", "article_trigram"):
        schema_editor.execute(f"DROP TABLE {table}")


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [migrations.RunPython(make, drop)]
