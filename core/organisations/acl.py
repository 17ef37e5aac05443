"""Who may read what, as tokens: a reader needs one of those that stand on what is read.

Search keeps them beside its documents and computes those of a reader at each question, from the posts held then. Each
app says the same thing twice, here by tokens and in `visible_to` by rows; a test holds them together.
"""

from core.organisations.permissions import holdings_of, is_staff_today

EVERYBODY, STAFF = "public", "staff"


def acl_of(person_or_unit) -> frozenset[str]:
    """People and units: whoever holds a post finds them."""
    return frozenset({STAFF})


def acl_tokens_of(user) -> frozenset[str]:
    """What everybody has, what whoever holds a post today has, and each post and organisation of today."""
    if not is_staff_today(user):
        return frozenset({EVERYBODY})
    held = holdings_of(user)
    posts, bodies = {each.post_id for each in held}, {each.organisation_id for each in held}
    return frozenset({EVERYBODY, STAFF, *map(post, posts), *map(organisation, bodies)})


def post(key: int) -> str:
    return f"post:{key}"


def organisation(key: int) -> str:
    return f"org:{key}"
