from django.db import migrations

from search.engines import postgresql


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            postgresql.create_function(cursor)


class Migration(migrations.Migration):
    dependencies = [("search", "0005_tuning")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
