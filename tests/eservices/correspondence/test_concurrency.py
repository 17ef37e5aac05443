"""Two people act on one letter in the same moment: one act counts, the other person is told whose."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client
from django.utils import translation

from core.audit.models import AuditEntry
from eservices.correspondence.models import WorkItem

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_two_clerks_assign_at_once_and_one_is_told_by_whom(item, unit, other_unit, amina, hamza):
    with translation.override("ar"):
        address = f"{item.get_absolute_url()}assign/"
    clients, barrier = [], Barrier(2)
    for clerk in (amina, hamza):
        client = Client()
        client.force_login(clerk)
        clients.append(client)

    def assign(client, to_unit):
        try:
            barrier.wait(timeout=30)
            data = {"to_unit": to_unit.pk, "instruction": "reply", "nature": "request", "confidentiality": 0}
            return client.post(address, data)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(assign, clients, (unit, other_unit)))

    assert sorted(answer.status_code for answer in answers) == [200, 302]
    winner = 0 if answers[0].status_code == 302 else 1
    told = answers[1 - winner].content.decode()
    assert ("أمينة بناني", "حمزة التازي")[winner] in told
    assert 'class="error-summary' in told
    letter = WorkItem.objects.get()
    assert letter.owner_unit == (unit, other_unit)[winner]
    assert letter.assignments.count() == 1
    assert AuditEntry.objects.filter(event="correspondence.assigned").count() == 1
