from datetime import date, datetime

import pytest

from core.dates import CASABLANCA
from core.outbox.models import Message
from home.circulars.force import Force
from home.circulars.models import Acknowledgement, Circular, CircularFile
from home.circulars.setup import let_editors_write
from intranet.demo import circulars, house
from intranet.demo.clock import at_moment

DAY = datetime(2026, 11, 22, 12, tzinfo=CASABLANCA)


@pytest.mark.django_db
@pytest.mark.slow
def test_stock_shows_every_state_and_the_acts_of_its_readers():
    let_editors_write()
    with at_moment(DAY):
        house.build(date(2025, 10, 1), DAY.year)
        circulars.publish(DAY)
    stock = {circular.number: circular for circular in Circular.objects.filter(authority__code="MSP")}
    changed, corrected = stock["12/2026"], stock["8/2026"]
    done = Acknowledgement.objects.exclude(acknowledged_at=None)

    assert Circular.objects.published().count() >= 60
    assert Circular.objects.filter(texts__language="fr").count() * 3 >= Circular.objects.count()
    assert set(Circular.objects.values_list("force", flat=True)) == set(Force.values)
    assert stock["4/2024"].force == Force.PARTLY
    assert stock["7/2020"].force == Force.REPLACED
    assert list(changed.versions.order_by("number").values_list("day", "change")) == [
        (date(2026, 9, 9), "first"),
        (date(2026, 10, 20), "major"),
    ]
    first, second = (
        set(done.filter(meaning_hash=version.hash).values_list("person__username", flat=True))
        for version in changed.versions.order_by("number")
    )
    assert "naima" in first
    assert "hamza" in second - first
    assert not second & circulars.PATIENT
    assert set(done.filter(circular=corrected).values_list("meaning_hash", flat=True)) == {
        corrected.current.meaning_hash
    }
    assert CircularFile.objects.values("circular").distinct().count() * 3 >= Circular.objects.count()
    assert 0 < Message.objects.waiting().filter(name="circulars.deliver").count() < 5
