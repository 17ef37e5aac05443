"""A number is found by the key made of it: the text need not stand in an index of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registers", "0005_rare_links")]
    operations = [migrations.RemoveConstraint(model_name="entry", name="number_is_unique")]
