"""Checkpoints and proofs: anyone can check them with nothing but the public key."""

import base64
import uuid
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from core.evidence import checkpoints, merkle, proofs
from core.evidence.models import Checkpoint, Event, LogHead, Subtree
from core.outbox import handlers
from tests.factories.registers import facts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _outside(settings, tmp_path):
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"
    settings.LOG_KEY = tmp_path / "keys" / "log.pem"
    settings.LOG_NAME = "diwan.example.ma"


def test_checkpoint_is_a_signed_note_over_size_and_root():
    facts(3)
    (checkpoint,) = checkpoints.sign_all()

    text, _, signature = checkpoint.note.partition("\n\n")
    name, size, root = text.split("\n")
    year = timezone.now().year
    assert (name, size) == (f"diwan.example.ma/log/{year}", "3")
    head = LogHead.objects.get()
    assert base64.b64decode(root) == bytes(checkpoint.root) == merkle.root(merkle.split(bytes(head.frontier)))
    assert signature.startswith(f"— {name} ")
    assert signature.endswith("\n")
    assert checkpoints.open_note(checkpoint.note) == (name, 3, bytes(checkpoint.root))
    assert checkpoints.verifier_key(year).startswith(f"{name}+")


def test_checkpoint_is_kept_outside_the_database_too():
    facts(3)
    (checkpoint,) = checkpoints.sign_all()
    assert [(size, file.read_text()) for size, file in checkpoints.kept_outside(checkpoint.shard)] == [
        (3, checkpoint.note)
    ]
    assert checkpoints.shards_outside() == [checkpoint.shard]


def test_checkpoint_is_signed_once_for_a_size():
    facts(1)
    assert checkpoints.unsigned()
    first = checkpoints.sign(LogHead.objects.get())
    assert checkpoints.sign(LogHead.objects.get()) == first
    assert not checkpoints.unsigned()
    assert checkpoints.sign_all() == []
    facts(1)
    assert checkpoints.unsigned()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n3\n", "\n4\n"),
        lambda note: note.replace("diwan", "divan"),
        lambda note: note.replace("— ", "- "),
        lambda note: note[:-10] + "\n",
        lambda note: note[:-8] + "AAAAAA=\n",
        lambda note: note.partition("\n\n")[0],
        lambda note: "",
        lambda note: "a\nb\nc\n\n",
    ],
)
def test_note_that_was_altered_is_not_opened(spoil):
    facts(3)
    (checkpoint,) = checkpoints.sign_all()
    assert checkpoints.open_note(spoil(checkpoint.note)) is None


def test_note_signed_by_another_key_is_not_opened(settings, tmp_path):
    facts(3)
    (checkpoint,) = checkpoints.sign_all()
    settings.LOG_KEY = tmp_path / "other.pem"
    assert checkpoints.open_note(checkpoint.note) is None


def test_every_event_is_proven_by_the_first_checkpoint_that_covers_it():
    facts(3)
    checkpoints.sign_all()
    facts(40)
    checkpoints.sign_all()
    key = checkpoints.public_key()
    for event in Event.objects.all():
        proof = proofs.inclusion_proof(event)
        assert proof.size == (3 if event.seq < 3 else 43)
        assert proofs.is_proven(bytes(event.record), proof.text, key)
        assert proofs.is_proven(bytes(event.record), proof.with_extra(b"x"))
        assert not proofs.is_proven(bytes(event.record) + b" ", proof.text)


def test_proof_of_an_event_without_checkpoint_signs_one():
    event = facts(5)[2]
    proof = proofs.inclusion_proof(event)
    assert (proof.index, proof.size) == (2, 5)
    assert Checkpoint.objects.get().size == 5


def test_proof_reads_as_the_specification_says():
    event = facts(2)[1]
    lines = proofs.inclusion_proof(event).with_extra(b"receipt").split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra cmVjZWlwdA==", "index 1"]
    assert lines[4] == ""
    assert lines[5].startswith("diwan.example.ma/log/")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda proof: proof.replace("@v1", "@v2"),
        lambda proof: proof.replace("index 1", "index x"),
        lambda proof: proof.replace("index 1", "index 0"),
        lambda proof: "",
        lambda proof: proof.replace("log", "lok"),
    ],
)
def test_proof_that_was_altered_proves_nothing(spoil):
    event = facts(2)[1]
    proof = proofs.inclusion_proof(event).text
    assert not proofs.is_proven(bytes(event.record), spoil(proof))


def test_later_checkpoint_is_proven_to_continue_the_earlier_one():
    facts(3)
    (old,) = checkpoints.sign_all()
    facts(6)
    (new,) = checkpoints.sign_all()
    path = proofs.consistency_proof(old, new)
    assert merkle.verify_consistency(old.size, new.size, path, bytes(old.root), bytes(new.root))


def test_key_is_made_once_and_readable_by_its_owner_only(settings):
    call_command("make_log_key")
    assert settings.LOG_KEY.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError):
        call_command("make_log_key")


def test_production_makes_no_key_by_itself(settings):
    settings.DEMO = False
    with pytest.raises(ImproperlyConfigured, match="make_log_key"):
        checkpoints.private_key()


def test_key_of_another_kind_is_refused(settings):
    settings.LOG_KEY.parent.mkdir()
    key = generate_private_key(SECP256R1())
    settings.LOG_KEY.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ImproperlyConfigured, match="not an Ed25519"):
        checkpoints.private_key()


def test_newest_checkpoint_is_stamped_once(settings, monkeypatch):
    from asn1crypto import algos, cms, core, tsp

    asked = []

    class Stamper:
        def __init__(self, url, **kwargs):
            assert url == "https://tsa.example.org"

        async def async_timestamp(self, digest, algorithm):
            asked.append((digest, algorithm))
            info = tsp.TSTInfo(
                {
                    "version": 1,
                    "policy": "1.2.3",
                    "message_imprint": {
                        "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                        "hashed_message": digest,
                    },
                    "serial_number": 1,
                    "gen_time": timezone.now(),
                }
            )
            content = {"content_type": "tst_info", "content": core.ParsableOctetString(info.dump())}
            signed = {"version": "v3", "digest_algorithms": [], "encap_content_info": content, "signer_infos": []}
            return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})

    settings.TIME_STAMP_URL = "https://tsa.example.org"
    monkeypatch.setattr(checkpoints, "HTTPTimeStamper", Stamper)
    facts(2)
    checkpoints.sign_all()
    checkpoints.stamp_latest()
    checkpoints.stamp_latest()

    checkpoint = Checkpoint.objects.get()
    assert asked == [(checkpoints.note_digest(checkpoint.note), "sha256")]
    assert checkpoints.stamped_digest(bytes(checkpoint.time_stamp)) == checkpoints.note_digest(checkpoint.note)


def test_jobs_of_the_log_are_registered(settings, monkeypatch):
    from core.evidence import jobs

    monkeypatch.setattr(handlers, "_jobs", {})
    settings.TIME_STAMP_URL = "https://tsa.example.org"
    jobs.register()
    found = {job.name: job.every for job in handlers.jobs()}
    assert found == {"evidence.checkpoint": timedelta(milliseconds=250), "evidence.time_stamp": timedelta(hours=1)}


def test_key_of_a_subtree_tells_its_parts():
    assert Subtree.parts(Subtree.key(2026, 5, 123456)) == (2026, 5, 123456)


@pytest.mark.both
def test_check_warns_of_missing_triggers_and_of_an_owner():
    from django.apps import apps

    from core.registers import append_only

    def warned():
        found = run_checks(tags=[Tags.database], databases=["default"])
        return sorted(check.id for check in found if check.id.startswith("evidence."))

    owner = ["evidence.W001"] if connection.vendor == "postgresql" else []
    assert warned() == owner
    append_only.remove(connection, apps, append_only.GUARDS)
    assert warned() == [*owner, "evidence.W002"]
    append_only.install(connection, apps, append_only.GUARDS)


def test_rows_name_themselves(organisation):
    (event,) = facts(1)
    (checkpoint,) = checkpoints.sign_all()
    assert (str(event), str(checkpoint)) == (f"{event.shard}/0", f"{event.shard}/1")
    assert str(LogHead.objects.get()) == str(event.shard)
    assert uuid.UUID(str(event.object_id)) == event.object_id
