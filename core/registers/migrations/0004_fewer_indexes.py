"""What is written while everybody waits for a number keeps fewer indexes; on SQLite keys are what rows are stored by."""

from django.db import migrations
from django.db.models import CheckConstraint, F, Q

from core.registers.models import KeyField


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_register_key")]
    operations = [
        migrations.AlterModelOptions(
            name="entry", options={"ordering": ["pk"], "verbose_name": "entry", "verbose_name_plural": "entries"}
        ),
        # The unique index goes: the primary key is made of the same two columns, which the new constraint holds.
        migrations.RemoveConstraint(model_name="entry", name="one_entry_a_number"),
        migrations.AlterField(model_name="entry", name="id", field=KeyField(primary_key=True, serialize=False)),
        migrations.AlterField(model_name="register", name="id", field=KeyField(primary_key=True, serialize=False)),
        migrations.AddConstraint(
            model_name="entry",
            constraint=CheckConstraint(
                condition=Q(pk=F("register") * 10_000_000 + F("number")), name="entry_key_is_what_it_is"
            ),
        ),
    ]
