"""Conditions of queries that Django has no word for."""

from django.db.models.fields import IntegerField
from django.db.models.lookups import In


@IntegerField.register_lookup
class OneOf(In):
    """As `in`, for a query of few keys: PostgreSQL finds them first and then each row by its key.

    It might join the two otherwise, and for that read all rows of a large table. Not for a part of an OR: every row
    would be compared with every key.
    """

    lookup_name = "one_of"

    def get_rhs_op(self, connection, rhs):
        return f"= ANY(ARRAY{rhs})" if connection.vendor == "postgresql" else super().get_rhs_op(connection, rhs)
