from django.db import migrations
from django.db.models import Case, CheckConstraint, F, Q, Value, When


class Migration(migrations.Migration):
    dependencies = [("registers", "0002_append_only")]
    operations = [
        # The unique index goes: the primary key is made of the same three columns, which the new constraint holds.
        migrations.RemoveConstraint(model_name="register", name="one_register_a_year"),
        migrations.AddConstraint(
            model_name="register",
            constraint=CheckConstraint(
                condition=Q(
                    pk=(
                        F("organisation") * 10
                        + Case(
                            When(direction="A", then=Value(1)),
                            When(direction="D", then=Value(2)),
                            When(direction="I", then=Value(3)),
                        )
                    )
                    * 10_000
                    + F("year")
                ),
                name="register_key_is_what_it_is",
            ),
        ),
    ]
