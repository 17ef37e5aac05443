"""A stock of circulars by the thousand, written in bulk: facts, one Arabic text, one version each."""

import hashlib
from datetime import date, timedelta

FIRST_DAY = date(2005, 1, 3)
PARAGRAPHS = 6
WORDS = "تطبيقا لأحكام النصوص الجاري بها العمل يتعين على المصالح المعنية موافاة مكتب الضبط بالوثائق قبل الأجل المحدد "
KINDS = ("circular", "dawriya", "note", "decision", "letter")


def authority():
    """The administration that issues them all."""
    from core.organisations.models import Organisation

    names = {"name_ar": "إدارة", "name_fr": "Administration"}
    return Organisation.objects.create(code="BEN", slug="bench", kind="ministry", is_hosted=True, **names)


def stock(authorities, count, *, batch=1000, **values):
    """`count` public circulars in force, spread over authorities, kinds and twenty years; their keys."""
    from home.circulars.models import Circular, CircularText, CircularVersion

    keys = []
    for first in range(0, count, batch):
        circulars = Circular.objects.bulk_create(
            [_circular(authorities, number, values) for number in range(first, min(count, first + batch))]
        )
        CircularText.objects.bulk_create([_text(circular) for circular in circulars])
        versions = CircularVersion.objects.bulk_create([_version(circular) for circular in circulars])
        for circular, version in zip(circulars, versions, strict=True):
            circular.current = version
        Circular.objects.bulk_update(circulars, ["current"])
        keys += [circular.pk for circular in circulars]
    return keys


def _circular(authorities, number, values):
    from home.circulars.force import Force
    from home.circulars.models import Circular
    from home.circulars.numbers import normalise

    written = f"{number}/{2005 + number % 20}"
    facts = {"kind": KINDS[number % len(KINDS)], "signatory": "الوزير", "office": "وزير", "live": True}
    return Circular(
        authority=authorities[number % len(authorities)],
        number=written,
        number_key=normalise(written),
        signed_on=FIRST_DAY + timedelta(days=number % 7300),
        force=Force.IN_FORCE,
        anchors={str(place): f"p{place}" for place in range(1, PARAGRAPHS + 1)},
        **(facts | values),
    )


def _text(circular):
    from home.circulars.models import CircularText

    return CircularText(circular=circular, language="ar", title=f"منشور حول الإيداع الرقمي عدد {circular.number}")


def _version(circular):
    from home.circulars.models import CircularVersion

    digest = hashlib.sha256(str(circular.pk).encode()).hexdigest()
    blocks = [
        {"type": "paragraph", "anchor": f"p{place}", "html": f"<p>{WORDS * 3}</p>"}
        for place in range(1, PARAGRAPHS + 1)
    ]
    names = ("hijri_date", "in_force_on", "expires_on", "review_on", "contact")
    facts = dict.fromkeys(names, "") | {"authority": circular.authority.code, "kind": circular.kind}
    facts |= {"number": circular.number, "signed_on": circular.signed_on.isoformat()}
    facts |= {"signatory": circular.signatory, "office": circular.office}
    title = f"منشور حول الإيداع الرقمي عدد {circular.number}"
    text = {"title": title, "summary": WORDS, "standing": "authentic", "blocks": blocks}
    return CircularVersion(
        circular=circular,
        number=1,
        day=circular.signed_on,
        change="first",
        authentic="ar",
        content={"facts": facts, "texts": {"ar": text}, "actions": [], "addressees": []},
        hash=digest,
        meaning_hash=digest,
    )
