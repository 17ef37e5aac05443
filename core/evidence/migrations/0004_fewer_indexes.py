"""As in the registers; and subtrees of fewer than 16 leaves are no longer kept, but computed when they are asked for."""

import django.db.models.deletion
from django.db import migrations, models

from core.registers.append_only import Guard, install, remove
from core.registers.models import KeyField


def forget_small_subtrees(apps, schema_editor):
    connection, guards = schema_editor.connection, [Guard("evidence.Subtree")]
    remove(connection, apps, guards)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM evidence_subtree WHERE ((id >> 40) & 63) < 4")
    install(connection, apps, guards)


class Migration(migrations.Migration):
    dependencies = [("evidence", "0003_letter_sealed"), ("registers", "0004_fewer_indexes")]
    operations = [
        migrations.AlterField(model_name="checkpoint", name="id", field=KeyField(primary_key=True, serialize=False)),
        migrations.AlterField(
            model_name="event",
            name="entry",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registers.entry",
                verbose_name="entry",
            ),
        ),
        migrations.AlterField(model_name="event", name="id", field=KeyField(primary_key=True, serialize=False)),
        migrations.AlterField(model_name="subtree", name="id", field=KeyField(primary_key=True, serialize=False)),
        migrations.RunPython(forget_small_subtrees),
    ]
