from django.db import migrations

from core.organisations.places import load_places


def load(apps, schema_editor):
    load_places(apps.get_model("organisations", "Territory"))


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    # going back keeps the rows: they are data of the country, and other rows may point at them
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
