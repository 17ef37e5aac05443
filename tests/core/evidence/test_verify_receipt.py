"""The stand-alone program: run as its reader would, beside nothing but its two libraries."""

import base64
import hashlib
import io
import os
import random
import re
import subprocess
import sys
import types
from pathlib import Path

import asn1crypto.keys
import asn1crypto.x509
import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings as django_settings
from hypothesis import given
from hypothesis import strategies as st

from core.evidence import checkpoints, documents, merkle, seal
from core.registers.models import canonical
from tests.core.evidence.receipt_samples import context, facts, file_facts, parts, sealed_pdf, unsealed_pdf

PROGRAM = Path(django_settings.BASE_DIR) / "static" / "verify" / "verify_receipt.py"
KEY = base64.b64encode(checkpoints.public_key()).decode()


@pytest.fixture(scope="module")
def program():
    """The program as a module, so that thousands of files can be tried."""
    module = types.ModuleType("verify_receipt")
    exec(compile(PROGRAM.read_text(), str(PROGRAM), "exec"), module.__dict__)
    return module


@pytest.fixture(scope="module")
def judge(program, tmp_path_factory):
    """judge(bytes, language="en", …) -> (exit code, what it printed)."""
    out = tmp_path_factory.mktemp("judge") / "out"
    root = program.x509.load_pem_x509_certificate(seal.root_pem())

    log_key = checkpoints.public_key()

    def run(data, language="en", *, root=root, key=log_key, **more):
        with out.open("w") as stream:
            report = program.Report(language, stream)
            try:
                code = program.check(data, report, root=root, key=key, **more)
            except program.Unreadable:
                code = 3
        return code, out.read_text()

    return run


def run_program(*arguments, modules=("cryptography", "asn1crypto")):
    """In a new process that can import the standard library and `modules` only."""
    blocker = (
        "import sys\n"
        f"allowed = {set(modules) | {'_cffi_backend', 'cffi'}!r}\n"
        "class Only:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        top = name.split('.')[0]\n"
        "        if top not in allowed and top not in sys.stdlib_module_names:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Only())\n"
        f"sys.argv = {[str(PROGRAM), *map(str, arguments)]!r}\n"
        "import runpy\n"
        f"runpy.run_path({str(PROGRAM)!r}, run_name='__main__')\n"
    )
    return subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", blocker],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


@pytest.fixture
def receipt(tmp_path):
    path = tmp_path / "receipt.pdf"
    path.write_bytes(sealed_pdf())
    (tmp_path / "root.pem").write_bytes(seal.root_pem())
    return path


def test_program_proves_a_receipt_with_its_two_libraries_only(receipt, tmp_path):
    (tmp_path / "copy.pdf").write_bytes(b"file 2")
    answer = run_program(
        receipt, tmp_path / "copy.pdf", "--root", tmp_path / "root.pem", "--log-key", KEY, "--lang", "en"
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    for sentence in (
        "intact and covers the whole file",
        "comes from the trusted root",
        "What the receipt states is what the log recorded",
        "in the log: position 4 of 6",
        "signed by the key of the log",
        "MSP-A-2026-004213-7",
        facts()["files"][0]["sha256"],
        "same as document 2",
        "everything is proven",
    ):
        assert sentence in answer.stdout


@pytest.mark.parametrize(
    ("language", "sentence"), [("ar", "كل شيء مثبت"), ("fr", "tout est prouvé"), ("en", "everything is proven")]
)
def test_program_speaks_three_languages(judge, language, sentence):
    code, said = judge(sealed_pdf(), language)
    assert code == 0
    assert sentence in said


def test_program_says_of_a_sealed_letter_that_only_its_seal_was_checked(tmp_path):
    page = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(page)
    (tmp_path / "letter.pdf").write_bytes(seal.seal(page.getvalue(), time_stamp=False))
    (tmp_path / "root.pem").write_bytes(seal.root_pem())
    answer = run_program(tmp_path / "letter.pdf", "--root", tmp_path / "root.pem", "--lang", "en")
    assert answer.returncode == 3
    assert "intact and covers the whole file" in answer.stdout
    assert "no receipt of a deposit but another sealed document" in answer.stdout
    assert "its proofs were removed" not in answer.stdout


def test_program_with_one_byte_flipped_says_what_is_not(receipt, tmp_path):
    content = bytearray(receipt.read_bytes())
    content[1000] ^= 1
    receipt.write_bytes(content)
    answer = run_program(receipt, "--root", tmp_path / "root.pem", "--log-key", KEY, "--lang", "en")
    assert answer.returncode == 1
    assert "not the file that was sealed" in answer.stdout
    assert "do not trust this file" in answer.stdout


@pytest.mark.slow
def test_no_flipped_bit_anywhere_is_accepted(judge):
    whole = sealed_pdf()
    start = whole.index(b"/Contents <")
    dice = random.Random(7)
    signature = dice.sample(range(start, start + 4500), 250)
    version = start + len(b"/Contents <") + 2 * 25  # of the seal's outermost structure: nothing signs it
    places = [*signature, version, version + 1, *dice.sample(range(len(whole)), 150), len(whole) - 1]
    accepted = []
    for place in places:
        content = bytearray(whole)
        content[place] ^= 1 << dice.randrange(8)
        if judge(bytes(content))[0] in (0, 2):
            accepted.append(place)
    assert accepted == []


@pytest.mark.parametrize("more", [b"\n", b"%%EOF\n", b"x" * 100])
def test_anything_added_after_the_seal_is_noticed(judge, more):
    assert judge(sealed_pdf() + more)[0] == 1


def test_truncated_file_is_noticed(judge):
    assert judge(sealed_pdf()[:-1])[0] == 1
    assert judge(sealed_pdf()[: len(unsealed_pdf()) + 500])[0] == 2  # no seal is left, and that is said
    assert judge(sealed_pdf()[:-600])[0] == 1


def test_unsealed_edition_says_that_the_page_is_not_protected(judge):
    code, said = judge(unsealed_pdf())
    assert code == 2
    assert "printed text is not protected" in said
    assert "What the receipt states is what the log recorded" in said


def test_program_without_root_or_key_says_what_it_could_not_check(judge):
    code, said = judge(sealed_pdf(), root=None, key=None)
    assert code == 2
    assert "give the root certificate" in said
    assert "give its key with --log-key" in said


def test_seal_of_another_root_is_refused(judge, program, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    seal.forget()
    other = program.x509.load_pem_x509_certificate(seal.root_pem())
    seal.forget()
    code, said = judge(sealed_pdf(), root=other)
    assert code == 1
    assert "does not come from the trusted root" in said


def test_checkpoint_of_another_key_is_refused(judge):
    code, said = judge(sealed_pdf(), key=b"k" * 32)
    assert code == 1
    assert "signed by another key" in said


def remade(**changes):
    """An unsealed receipt whose embedded parts were exchanged by a forger."""
    return documents.render(documents.RECEIPT, context("none", embedded={**parts(), **changes}))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"manifest.json": canonical(facts("MSP-A-2026-004213-7", files=1))}, "not what the log recorded"),
        ({"manifest.json": b"[]"}, "not what the log recorded"),
        ({"manifest.salt": b"00" * 16}, "not what the log recorded"),
        ({"manifest.salt": b"zz"}, "not what the log recorded"),
        ({"evidence.json": b"{}"}, "not in the log"),
        ({"receipt.tlog-proof": b"\xff"}, "proof of the log is damaged"),
        ({"receipt.tlog-proof": b"nothing"}, "proof of the log is damaged"),
    ],
)
def test_exchanged_part_is_named(judge, changes, sentence):
    code, said = judge(remade(**changes))
    assert code == 1
    assert sentence in said


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"index 3", b"index 2", "not in the log"),
        (b"index 3", b"index 9", "not in the log"),
        (b"index 3", b"index x", "proof of the log is damaged"),
        (b"\n6\n", b"\n7\n", "damaged"),
        (b"\n\xe2\x80\x94 ", b"\n- ", "signature of the log is damaged"),
        (b"index 3\n", b"index 3\nAAAA\n", "proof of the log is damaged"),
        (b"index 3\n", b"index 3\n!!!!\n", "proof of the log is damaged"),
    ],
)
def test_changed_proof_is_named(judge, old, new, sentence):
    proof = parts()["receipt.tlog-proof"]
    assert old in proof
    code, said = judge(remade(**{"receipt.tlog-proof": proof.replace(old, new, 1)}))
    assert code == 1
    assert sentence in said or "not in the log" in said


def test_signature_of_a_checkpoint_that_was_changed_is_false(judge):
    proof = parts()["receipt.tlog-proof"].decode()
    signature = re.search("\u2014 \\S+ (\\S+)", proof)[1]
    raw = bytearray(base64.b64decode(signature))
    raw[-1] ^= 1
    code, said = judge(
        remade(**{"receipt.tlog-proof": proof.replace(signature, base64.b64encode(raw).decode()).encode()})
    )
    assert code == 1
    assert "signature of the log is damaged" in said


def test_missing_and_doubled_parts_are_named(judge):
    some = {name: content for name, content in parts().items() if name != "evidence.json"}
    made = documents.render(documents.RECEIPT, context("none", embedded=some))
    assert "evidence.json" in judge(made)[1]
    assert judge(made)[0] == 1
    again = b"/DiwanPart (manifest.json)/Length 2>>\nstream\n{}\nendstream"
    assert judge(unsealed_pdf() + again)[0] == 1


def test_other_files_are_not_receipts(tmp_path):
    for content in (b"", b"hello", b"%PDF-1.7 something else"):
        path = tmp_path / "other.pdf"
        path.write_bytes(content)
        answer = run_program(path, "--lang", "fr")
        assert answer.returncode == 3
        assert "pas un récépissé" in answer.stdout
    assert run_program(tmp_path / "absent.pdf").returncode == 3
    assert run_program(tmp_path / "other.pdf", "--log-key", "x").returncode == 3


def test_attachment_that_changed_is_different(judge, tmp_path):
    path = tmp_path / "plan.pdf"
    path.write_bytes(b"file 3")
    code, said = judge(sealed_pdf(), attachments=[str(path), str(tmp_path / "absent")])
    assert code == 1
    assert "different from every document" in said
    assert "Cannot read" in said


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_its_proofs_agree_with_the_log(size_and_index):
    size, index = size_and_index
    module = types.ModuleType("verify_receipt")
    exec(compile(PROGRAM.read_text(), str(PROGRAM), "exec"), module.__dict__)
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    frontier = []
    for number, leaf in enumerate(leaves):
        frontier, _made = merkle.append(number, frontier, leaf)
    path = [
        merkle.range_hash(start, end, lambda level, place: _subtree(leaves, level, place))
        for start, end in merkle.inclusion_path(index, size)
    ]
    assert module.root_from(leaves[index], index, size, path) == merkle.root(frontier)


def _subtree(leaves, level, place):
    if level == 0:
        return leaves[place]
    return merkle.node_hash(_subtree(leaves, level - 1, 2 * place), _subtree(leaves, level - 1, 2 * place + 1))


def test_log_key_is_read_in_both_forms(program):
    assert program.log_key(KEY) == checkpoints.public_key()
    assert program.log_key(checkpoints.verifier_key(2026)) == checkpoints.public_key()


def test_time_stamp_is_checked(judge):
    from pyhanko.sign.timestamps import DummyTimeStamper

    key = rsa.generate_private_key(65537, 2048)
    name = seal._name("خادم الختم الزمني", "الديوان Diwan")
    certificate = seal._certificate(name, name, key, key, is_root=True)
    stamper = DummyTimeStamper(
        tsa_cert=asn1crypto.x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        tsa_key=asn1crypto.keys.PrivateKeyInfo.load(
            key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        ),
    )
    before = seal._time_stamper
    seal._time_stamper = lambda: stamper
    try:
        stamped = seal.seal(unsealed_pdf(), time_stamp=True)
    finally:
        seal._time_stamper = before
    code, said = judge(stamped)
    assert code == 2, said
    assert "The time stamp is intact" in said
    assert "--tsa-root" in said
    assert judge(stamped, tsa_root=certificate)[0] == 0


def test_certificate_that_had_expired_is_refused(judge):
    late = sealed_pdf()
    moment = re.search(rb"/M \(D\\072(\d{14})", late)[1]
    assert judge(late.replace(moment, b"20501122150657"))[0] == 1  # the date is under the seal


def test_unknown_language_of_the_machine_is_english(program, monkeypatch):
    for name, language in (("ar_MA", "ar"), ("fr_FR", "fr"), ("de_DE", "en"), (None, "en")):
        monkeypatch.setattr(program.locale, "getlocale", lambda name=name: (name, "UTF-8"))
        assert program.reader_language() == language


def test_names_in_the_report_are_isolated_in_arabic(judge):
    _code, said = judge(sealed_pdf(), "ar")
    assert "\u2068MSP-A-2026-004213-7\u2069" in said
    assert file_facts(1)["name"] in said
    assert hashlib.sha256(b"file 1").hexdigest() in said
