import hashlib

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from stdnum import luhn

from core.evidence import codes, press, proofs, receipts, seal, tasks
from core.evidence.append_only import GUARDS
from core.evidence.models import Edition, Event, Receipt, SealLevel
from core.exceptions import NotAllowed
from core.outbox.models import Message
from core.registers.append_only import install, remove
from tests.core.evidence.receipt_samples import registered

PDF = b"%PDF-1.7 of a test"


@pytest.fixture
def printed(monkeypatch):
    """The press replaced: what was to be printed."""
    contexts = []

    def fake(document, context):
        contexts.append(context)
        return PDF + str(len(contexts)).encode()

    monkeypatch.setattr("core.evidence.documents.print_document", fake)
    monkeypatch.setattr("core.evidence.seal.seal", lambda pdf, time_stamp=False: pdf + b" sealed")
    return contexts


def test_receipt_of_an_entry_is_found_and_its_words_are_in_the_log(organisation):
    entry, issued = registered(organisation)

    receipt = receipts.receipt_for(entry)
    assert receipt == issued.receipt
    assert receipt.facts["number"] == entry.number_text
    assert receipt.event.code == "receipt.issued"
    assert receipt.facts["depositor"]["cin"] == "AB••••56"
    assert receipts.tracking_code(receipt) == issued.tracking_code


def test_receipt_asks_for_its_first_edition(organisation):
    _entry, issued = registered(organisation)
    assert Message.objects.get(name=receipts.RENDER).payload == {"receipt": issued.receipt.pk, "edition": 1}


def test_receipt_is_not_issued_when_the_registration_fails(organisation):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        registered(organisation)
        raise ZeroDivisionError
    assert Receipt.objects.count() == 0
    assert Message.objects.count() == 0


def test_tracking_finds_the_receipt_as_people_type(organisation):
    entry, issued = registered(organisation)
    typed = f" \u2066{entry.number_text.lower()}\u2069 "
    assert receipts.find_by_tracking(typed, issued.tracking_code.lower().replace("-", " ")) == issued.receipt


@pytest.mark.parametrize("number", ["", "MSP-A-2026-999999-X", "rien", "x" * 5000])
def test_tracking_answers_the_same_for_an_unknown_number(organisation, number):
    _entry, issued = registered(organisation)
    assert receipts.find_by_tracking(number, issued.tracking_code) is None


def test_tracking_answers_the_same_for_a_wrong_code(organisation):
    entry, _issued = registered(organisation)
    _other, other = registered(organisation)
    for code in ("", other.tracking_code, "0000-0000-0000", "\u0660" * 12):
        assert receipts.find_by_tracking(entry.number_text, code) is None


def test_clerk_replaces_a_lost_code(organisation, amina, printed):
    entry, issued = registered(organisation)
    receipts.make_edition(issued.receipt, 1)

    code = receipts.reissue_tracking_code(issued.receipt, by=amina, identity="identity_card")

    assert receipts.find_by_tracking(entry.number_text, issued.tracking_code) is None
    assert receipts.find_by_tracking(entry.number_text, code) == issued.receipt
    event = Event.objects.of_entry(entry).get(code="code.reissued")
    assert event.facts["body"] == {"identity": "identity_card"}
    assert receipts.make_edition(issued.receipt, 2).number == 2
    assert [context["tracking_code"] for context in printed] == [issued.tracking_code, code]


def test_code_replaced_before_the_first_edition_is_printed_in_it(organisation, amina, printed):
    _entry, issued = registered(organisation)
    code = receipts.reissue_tracking_code(issued.receipt, by=amina, identity="identity_card")
    assert Message.objects.filter(name=receipts.RENDER).count() == 1
    receipts.make_edition(issued.receipt, 1)
    assert printed[0]["tracking_code"] == code


def test_code_replaced_while_an_edition_is_made_makes_it_try_again(organisation, amina, printed, monkeypatch):
    _entry, issued = registered(organisation)

    def meanwhile(pdf, time_stamp=False):
        receipts.reissue_tracking_code(issued.receipt, by=amina, identity="identity_card")
        return pdf

    monkeypatch.setattr("core.evidence.seal.seal", meanwhile)
    with pytest.raises(press.RenderingFailed):
        receipts.make_edition(issued.receipt, 1)
    assert Edition.objects.count() == 0


def test_code_is_not_replaced_by_somebody_elsewhere(organisation, karim, youssef):
    _entry, issued = registered(organisation)
    for user in (karim, youssef):
        with pytest.raises(NotAllowed):
            receipts.reissue_tracking_code(issued.receipt, by=user, identity="identity_card")


def test_worker_makes_one_edition_however_often_it_is_asked(organisation, printed):
    _entry, issued = registered(organisation)
    for _time in range(3):
        tasks.render_receipt({"receipt": issued.receipt.pk, "edition": 1})

    edition = Edition.objects.get()
    assert len(printed) == 1
    assert edition.seal_level == SealLevel.SEALED
    assert bytes(edition.content) == PDF + b"1 sealed"
    assert edition.sha256 == hashlib.sha256(bytes(edition.content)).hexdigest()
    sealed = Event.objects.get(code="receipt.sealed").facts["body"]
    assert sealed == {"edition": 1, "sha256": edition.sha256, "seal": "sealed"}


def test_second_worker_finds_the_edition_the_first_made(organisation, printed, monkeypatch):
    _entry, issued = registered(organisation)

    def first_is_faster(pdf, time_stamp=False):
        monkeypatch.setattr("core.evidence.seal.seal", lambda pdf, time_stamp=False: pdf)
        receipts.make_edition(issued.receipt, 1)
        return pdf + b"late"

    monkeypatch.setattr("core.evidence.seal.seal", first_is_faster)
    edition = receipts.make_edition(issued.receipt, 1)
    assert Edition.objects.get() == edition
    assert not bytes(edition.content).endswith(b"late")


def test_edition_carries_what_proves_it(organisation, printed):
    _entry, issued = registered(organisation)
    edition = receipts.make_edition(issued.receipt, 1)

    parts = {part.name: part.content for part in printed[0]["attachments"]}
    event = issued.receipt.event
    assert parts["evidence.json"] == bytes(event.record)
    assert parts["manifest.json"] == bytes(event.body.body)
    commit = hashlib.sha256(bytes.fromhex(parts["manifest.salt"].decode()) + parts["manifest.json"]).hexdigest()
    assert event.facts["commit"] == commit
    assert proofs.is_proven(parts["evidence.json"], parts["receipt.tlog-proof"].decode())
    assert parts["receipt.tlog-proof"].decode().endswith(edition.checkpoint.note)


def test_receipt_goes_out_unsealed_without_a_key_and_is_sealed_later(organisation, printed, settings):
    _entry, issued = registered(organisation)
    settings.DEMO = False
    seal.forget()

    first = receipts.make_edition(issued.receipt, 1)
    assert first.seal_level == SealLevel.NONE
    assert printed[0]["seal_level"] == "none"
    assert receipts.improvable(5) == []
    assert receipts.improve(issued.receipt) is None

    settings.DEMO = True
    seal.forget()
    tasks.improve_editions()
    assert [edition.seal_level for edition in issued.receipt.editions.all()] == ["none", "sealed"]
    assert receipts.improvable(5) == []
    first.refresh_from_db()
    assert bytes(first.content) == PDF + b"1"


def test_time_stamp_server_down_gives_a_seal_without_time_stamp(organisation, printed, settings, monkeypatch):
    _entry, issued = registered(organisation)
    settings.TIME_STAMP_URL = "http://127.0.0.1:9/tsa"
    seal.forget()

    def unreachable(pdf, time_stamp=False):
        if time_stamp:
            raise seal.TimeStampUnavailable
        return pdf

    monkeypatch.setattr("core.evidence.seal.seal", unreachable)
    assert receipts.make_edition(issued.receipt, 1).seal_level == SealLevel.SEALED

    monkeypatch.setattr("core.evidence.seal.seal", lambda pdf, time_stamp=False: pdf)
    tasks.improve_editions()
    assert issued.receipt.edition.seal_level == SealLevel.STAMPED


@pytest.mark.parametrize("with_stamp", [True, False])
def test_key_lost_while_sealing_gives_an_unsealed_edition(organisation, printed, settings, monkeypatch, with_stamp):
    _entry, issued = registered(organisation)
    settings.TIME_STAMP_URL = "http://127.0.0.1:9/tsa" if with_stamp else ""
    seal.forget()

    def broken(pdf, time_stamp=False):
        raise seal.SealUnavailable

    monkeypatch.setattr("core.evidence.seal.seal", broken)
    assert receipts.make_edition(issued.receipt, 1).seal_level == SealLevel.NONE
    assert printed[-1]["seal_level"] == "none"


def test_edition_cannot_be_changed_or_deleted(organisation, printed):
    _entry, issued = registered(organisation)
    edition = receipts.make_edition(issued.receipt, 1)
    for change in ({"sha256": "0" * 64}, {"content": b"other"}, {"number": 2}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Edition.objects.filter(pk=edition.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Edition.objects.filter(pk=edition.pk)._raw_delete("default")


@pytest.fixture
def unguarded():
    """The triggers taken away, as somebody with the database's own rights could."""
    remove(connection, apps, GUARDS)
    yield
    install(connection, apps, GUARDS)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"content": PDF + b"2 sealed"}, "the bytes of this edition are not the ones that were sealed"),
        ({"sha256": "0" * 64, "content": None}, "the fingerprint of this edition is not the one in the log"),
        ({"seal_level": "stamped"}, "the fingerprint of this edition is not the one in the log"),
    ],
)
def test_problems_names_an_edition_that_was_changed(organisation, printed, unguarded, change, sentence):
    entry, issued = registered(organisation)
    receipts.make_edition(issued.receipt, 1)
    assert list(receipts.problems()) == []

    Edition.objects.update(**change)
    assert list(receipts.problems()) == [(entry.number_text, 1, sentence)]


def test_problems_names_a_receipt_with_another_token(organisation, printed, unguarded):
    entry, _issued = registered(organisation)
    Receipt.objects.update(token=codes.new_token())
    assert [(number, edition) for number, edition, _why in receipts.problems()] == [(entry.number_text, 0)]


def test_erasing_the_words_of_an_entry_erases_the_receipt(organisation, printed, nadia):
    from core.evidence.operations import erase_body

    entry, issued = registered(organisation)
    edition = receipts.make_edition(issued.receipt, 1)
    erase_body(entry, by=nadia, reason="law 09-08")

    receipt = receipts.receipt_for(entry)
    edition.refresh_from_db()
    assert receipt.facts == {}
    assert edition.content is None
    assert edition.sha256
    assert receipts.tracking_code(receipt) == ""
    assert receipts.make_edition(receipt, 2) is None


def test_edition_is_not_made_before_its_predecessor(organisation, printed):
    _entry, issued = registered(organisation)
    assert receipts.make_edition(issued.receipt, 2) is None


def test_improving_stops_when_nothing_better_can_be_made(organisation, printed, settings, monkeypatch):
    _entry, issued = registered(organisation)
    receipts.make_edition(issued.receipt, 1)
    monkeypatch.setattr("core.evidence.receipts.improvable", lambda limit: [issued.receipt])
    tasks.improve_editions()
    assert issued.receipt.editions.count() == 1


@pytest.mark.parametrize("text", ["", "7H2K", "0" * 26, "not a code at all", "7H2K-Q9M4-XW8!"])
def test_code_with_a_wrong_form_or_check_character_is_none(text):
    assert codes.clean_code(text) == ""


def test_code_survives_what_people_write():
    code = codes.take_code()
    typed = code.printed.lower().replace("0", "o").replace("1", "l")
    assert codes.clean_code(typed) == code.text
    assert codes.is_code(typed, code.salt, code.digest)


def test_code_with_one_character_wrong_is_noticed():
    code = codes.take_code().text
    for place in range(13):
        other = codes.ALPHABET[(codes.ALPHABET.index(code[place]) + 1) % 32]
        assert codes.clean_code(code[:place] + other + code[place + 1 :]) == ""


def test_code_of_the_first_length_stays_valid():
    text = "7H2KQ9M4XW8" + luhn.calc_check_digit("7H2KQ9M4XW8", codes.ALPHABET)
    digest = hashlib.scrypt(text.encode(), salt=b"s" * 16, n=2**10, r=8, p=1, dklen=32)

    assert codes.printed(text) == f"7H2K-Q9M4-XW8{text[-1]}"
    assert codes.is_code(codes.printed(text), b"s" * 16, digest)


def test_new_code_has_sixty_random_bits_and_a_check_character():
    code = codes.take_code()
    assert [len(group) for group in code.printed.split("-")] == [4, 4, 4, 1]
    assert luhn.calc_check_digit(code.text[:12], codes.ALPHABET) == code.text[12]


def test_code_prepared_before_is_taken_once():
    codes.prepare_code()
    first, second = codes.take_code(), codes.take_code()
    assert first.text != second.text


def test_token_has_128_bits_and_is_read_from_an_address():
    token = codes.new_token()
    assert len(token) == 26
    assert codes.clean_token(f"https://diwan.example/v/{token.lower()}") == token
    assert codes.clean_token("short") == ""


def test_press_is_kept_warm(monkeypatch):
    warmed = []
    monkeypatch.setattr("core.evidence.press.Press.warm", lambda self: warmed.append(1))
    tasks.warm_press()
    assert warmed == [1]
