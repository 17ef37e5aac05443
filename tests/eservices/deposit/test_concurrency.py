"""One draft, many posts at once, in real threads with connections of their own: one number, the same receipt."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from core.evidence.models import Receipt
from core.registers.models import Entry, Register
from eservices.correspondence.models import Correspondence
from eservices.deposit import cookies, operations
from eservices.deposit.models import Deposit, DraftFile
from tests.eservices.deposit.conftest import Depositor
from tests.factories.letters import pdf_bytes

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def at_once(count, work):
    """What `work(number)` gives in `count` threads."""

    def run(number):
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(run, range(count)))


def browser_of(depositor):
    client = Client()
    client.cookies[cookies.NAME] = depositor.client.cookies[cookies.NAME].value
    return client


@pytest.mark.parametrize("posts", [8, 50])
def test_posts_of_one_draft_at_once_give_one_deposit(ready, posts):
    url = ready.url("check")

    def post(_number):
        response = browser_of(ready).post(url, {"accurate": "on"})
        page = browser_of(ready).get(response.url)
        return response.status_code, response.url.partition("?")[0], page.context["tracking_code"], page.status_code

    answers = set(at_once(posts, post))

    deposit = Deposit.objects.get()
    receipt = Receipt.objects.get()
    from core.evidence.receipts import tracking_code

    assert answers == {(303, ready.url("done", deposit.number), tracking_code(receipt), 200)}
    assert Entry.objects.count() == Correspondence.objects.count() == 1
    assert Register.objects.get().last_number == 1
    assert deposit.item.correspondence.attachments.count() == 1


def test_drafts_deposited_at_once_get_numbers_without_gaps(office):
    depositors = [Depositor().fill(office, files=[("a.pdf", pdf_bytes(str(number)))]) for number in range(8)]

    answers = at_once(8, lambda number: depositors[number].deposit().status_code)

    assert answers == [303] * 8
    assert sorted(Entry.objects.values_list("number", flat=True)) == list(range(1, 9))
    assert Register.objects.get().last_number == 8


def test_uploads_at_once_keep_the_limit(depositor, office):
    depositor.subject()
    url = depositor.url("documents")

    def upload(number):
        from django.core.files.uploadedfile import SimpleUploadedFile

        sent = SimpleUploadedFile(f"{number}.pdf", pdf_bytes(str(number)), "application/pdf")
        return browser_of(depositor).post(url, {"intent": "upload", "file": sent}).status_code

    statuses = at_once(12, upload)

    assert statuses == [303] * 12
    assert DraftFile.objects.received().count() == 10
    assert DraftFile.objects.refused().count() == 2


def test_document_removed_during_the_deposit_is_either_deposited_or_gone(ready):
    draft = ready.draft
    row = draft.files.get()

    def act(number):
        try:
            if number:
                return operations.remove_file(draft, row.public_id)
            return operations.deposit(draft, declarations=(), language="ar")
        except operations.DraftGone:
            return None

    at_once(2, act)

    letter = Deposit.objects.get().item.correspondence
    attachment = letter.attachments.first()
    assert attachment is None or attachment.file.is_intact()
