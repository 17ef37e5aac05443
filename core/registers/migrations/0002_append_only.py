from django.db import migrations

from core.registers.append_only import GUARDS, install, remove


def forwards(apps, schema_editor):
    install(schema_editor.connection, apps, GUARDS)


def backwards(apps, schema_editor):
    remove(schema_editor.connection, apps, GUARDS)


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
