"""The act itself: one draft, one number, one receipt, whatever is clicked."""

import pytest

from eservices.deposit.models import Deposit

pytestmark = pytest.mark.django_db


def test_deposit_gives_number_and_receipt(ready, office):
    response = ready.deposit()

    deposit = Deposit.objects.get()
    assert response.status_code == 303
    assert response.url == ready.url("done", deposit.number)
    assert deposit.number.startswith("MSP-A-")
    page = ready.client.get(response.url)
    assert page.status_code == 200
    assert deposit.number in page.content.decode()
