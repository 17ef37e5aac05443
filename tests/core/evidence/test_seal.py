import os
import subprocess

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from pyhanko.sign.timestamps import TimestampRequestError

from core.evidence import seal
from tests.core.evidence.receipt_samples import sealed_pdf, unsealed_pdf


@pytest.fixture(autouse=True)
def _fresh():
    seal.forget()
    yield
    seal.forget()


def pdfsig(path, tmp_path, root):
    trust = tmp_path / "nss"
    trust.mkdir()
    (tmp_path / "root.pem").write_bytes(root)
    subprocess.run(["certutil", "-N", "-d", trust, "--empty-password"], check=True)
    subprocess.run(
        ["certutil", "-A", "-d", trust, "-n", "root", "-t", "CT,C,C", "-i", tmp_path / "root.pem"], check=True
    )
    return subprocess.run(["pdfsig", "-nssdir", trust, path], capture_output=True, text=True, check=False).stdout


@pytest.mark.documents
def test_pdfsig_finds_the_seal_valid_and_trusts_our_root(tmp_path):
    path = tmp_path / "receipt.pdf"
    path.write_bytes(sealed_pdf())
    answer = pdfsig(path, tmp_path, seal.root_pem())
    assert "Signature is Valid" in answer
    assert "Certificate is Trusted" in answer
    assert "Total document signed" in answer
    assert "ETSI.CAdES.detached" in answer


@pytest.mark.documents
def test_pdfsig_notices_one_changed_byte(tmp_path):
    path = tmp_path / "receipt.pdf"
    content = bytearray(sealed_pdf())
    content[len(unsealed_pdf()) // 2] ^= 1
    path.write_bytes(content)
    assert "Signature is Valid" not in pdfsig(path, tmp_path, seal.root_pem())


def test_seal_is_added_and_changes_nothing_before_it():
    assert seal.seal(unsealed_pdf()).startswith(unsealed_pdf())


def test_demonstration_makes_its_root_once(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    first = seal.root_pem()
    seal.forget()
    assert seal.root_pem() == first
    assert (tmp_path / "seal" / "root.pem").read_bytes() == first
    assert (tmp_path / "seal" / "seal.p12").stat().st_mode & 0o777 == 0o600


def test_without_demonstration_or_key_there_is_no_seal(settings):
    settings.DEMO = False
    assert not seal.is_configured()
    assert seal.root_pem() == b""
    with pytest.raises(seal.SealUnavailable):
        seal.seal(unsealed_pdf())


@pytest.mark.parametrize("content", [None, b"no PKCS#12"])
def test_unreadable_key_is_unavailable(settings, tmp_path, content):
    settings.SEAL_PKCS12 = str(tmp_path / "seal.p12")
    if content:
        (tmp_path / "seal.p12").write_bytes(content)
    with pytest.raises(seal.SealUnavailable):
        seal.load()


def test_file_without_a_certificate_is_unavailable(settings, tmp_path):
    path = tmp_path / "seal.p12"
    key = rsa.generate_private_key(65537, 2048)
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"k", key, None, None, NoEncryption()))
    settings.SEAL_PKCS12 = str(path)
    with pytest.raises(seal.SealUnavailable):
        seal.load()


def test_missing_token_module_is_unavailable(settings):
    settings.SEAL_PKCS11_MODULE = "/nowhere/libnothing.so"
    with pytest.raises(seal.SealUnavailable):
        seal.load()


@pytest.fixture
def rsa_key(settings, tmp_path):
    """An organisation's own PKCS#12 with password: RSA, an Arabic name that ends in a digit, a certificate too many."""
    root_key, key = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
    root_name, name = seal._name("Racine d’essai", "Essai"), seal._name("خاتم الوزارة 2026", "وزارة 1")
    root = seal._certificate(root_name, root_name, root_key, root_key, is_root=True)
    certificate = seal._certificate(name, root_name, key, root_key, is_root=False)
    stranger = seal._certificate(name, name, key, key, is_root=True)
    path = tmp_path / "seal.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"seal", key, certificate, [stranger, root], BestAvailableEncryption(b"secret")
        )
    )
    settings.SEAL_PKCS12, settings.SEAL_PKCS12_PASSWORD = str(path), "secret"
    return root


@pytest.mark.documents
def test_own_rsa_key_seals_with_a_name_that_ends_in_a_digit(rsa_key, tmp_path):
    path = tmp_path / "receipt.pdf"
    path.write_bytes(seal.seal(unsealed_pdf()))
    assert x509.load_pem_x509_certificate(seal.root_pem()) == rsa_key
    assert "Signature is Valid" in pdfsig(path, tmp_path, seal.root_pem())


@pytest.mark.parametrize("name", ["الديوان Diwan", "خاتم الوزارة 2026", "Ministère", "وزارة"])
def test_names_of_any_script_are_compared(name):
    one, same = (asn1.Name.build({"common_name": name}) for _time in range(2))
    assert one == same
    assert one != asn1.Name.build({"common_name": f"{name} 3"})


def test_time_stamp_server_that_fails_is_left_alone_for_a_while(settings, monkeypatch):
    settings.TIME_STAMP_URL = "http://127.0.0.1:9/tsa"
    assert seal.wants_time_stamp()

    class Down:
        async def async_dummy_response(self, *args):
            raise TimestampRequestError("down")

        async_timestamp = async_dummy_response

    monkeypatch.setattr(seal, "_time_stamper", Down)
    with pytest.raises(seal.TimeStampUnavailable):
        seal.seal(unsealed_pdf(), time_stamp=True)
    assert not seal.wants_time_stamp()
    assert seal.seal(unsealed_pdf()).startswith(unsealed_pdf())


MODULE = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.mark.documents
@pytest.mark.skipif(not os.path.exists(MODULE), reason="SoftHSM is not on this machine")
def test_key_in_a_pkcs11_token_seals(settings, tmp_path, monkeypatch):
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm.conf"))
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "office", "--so-pin", "1234", "--pin", "1234"],
        check=True,
        capture_output=True,
    )
    key = ec.generate_private_key(ec.SECP256R1())
    name = seal._name("خاتم في بطاقة", "الديوان Diwan")
    certificate = seal._certificate(name, name, key, key, is_root=True)
    import pkcs11
    from pkcs11.util.ec import decode_ec_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    token = pkcs11.lib(MODULE).get_token(token_label="office")
    with token.open(user_pin="1234", rw=True) as session:
        der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        session.create_object(
            decode_ec_private_key(der)
            | {pkcs11.Attribute.LABEL: "seal", pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.SIGN: True}
        )
        session.create_object(
            decode_x509_certificate(certificate.public_bytes(Encoding.DER))
            | {pkcs11.Attribute.LABEL: "seal", pkcs11.Attribute.TOKEN: True}
        )
    settings.SEAL_PKCS11_MODULE, settings.SEAL_PKCS11_TOKEN = MODULE, "office"
    settings.SEAL_PKCS11_PIN, settings.SEAL_PKCS11_LABEL = "1234", "seal"

    path = tmp_path / "receipt.pdf"
    path.write_bytes(seal.seal(unsealed_pdf()))
    assert "Signature is Valid" in pdfsig(path, tmp_path, certificate.public_bytes(Encoding.PEM))


def test_time_stamp_server_that_is_not_there_is_noticed(settings):
    settings.TIME_STAMP_URL = "http://127.0.0.1:9/tsa"
    with pytest.raises(seal.TimeStampUnavailable):
        seal.seal(unsealed_pdf(), time_stamp=True)
