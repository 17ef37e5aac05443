from django.db import migrations

from search.engines import postgresql, sqlite

INDEXES = {"postgresql": postgresql, "sqlite": sqlite}


def forwards(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        INDEXES[schema_editor.connection.vendor].create(cursor)


def backwards(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        INDEXES[schema_editor.connection.vendor].drop(cursor)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_documents")]
    operations = [migrations.RunPython(forwards, backwards)]
