"""Most lines rectify nothing: they need not stand in an index of those that do."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("registers", "0004_fewer_indexes")]
    operations = [
        migrations.AlterField(
            model_name="entry",
            name="rectifies",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rectified_by",
                to="registers.entry",
                verbose_name="rectifies",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=UniqueConstraint(fields=["rectifies"], condition=~Q(rectifies=None), name="rectified_once"),
        ),
    ]
