from django.db import migrations

from core.registers.append_only import install, remove
from home.circulars.append_only import GUARDS


def forwards(apps, schema_editor):
    install(schema_editor.connection, apps, GUARDS)


def backwards(apps, schema_editor):
    remove(schema_editor.connection, apps, GUARDS)


class Migration(migrations.Migration):
    dependencies = [("circulars", "0001_initial"), ("registers", "0002_append_only")]
    operations = [migrations.RunPython(forwards, backwards)]
