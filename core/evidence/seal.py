"""The electronic seal: PAdES (B-B, B-T with a time stamp) by pyHanko, with the organisation's key.

The key comes from a PKCS#12 file, from a PKCS#11 token, or, in the demonstration, from a root and a seal certificate
made at the first start under `VAR_DIR/seal`. It is loaded once a process. Nothing here delays a deposit: without a key
the receipt goes out unsealed and is sealed in a later edition.
"""

import datetime
import fcntl
import functools
import io
import logging
import os
import re
import shutil
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import asn1crypto.keys
import asn1crypto.x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner, fields, pkcs11
from pyhanko.sign.timestamps import TimestampRequestError
from pyhanko.sign.timestamps.requests_client import HTTPTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

logger = logging.getLogger(__name__)

FIELD = "Seal"
RESERVED = 16_384  # bytes for signature, certificates and time stamp: fixed, so that the key signs once
TIME_STAMP_TIMEOUT = 2  # seconds
TIME_STAMP_PAUSE = 300  # a server that did not answer is left alone for so long


class SealUnavailable(Exception):
    """There is no key now, or it does not work: the document goes out unsealed."""


class TimeStampUnavailable(Exception):
    """The time-stamp server does not answer: sealing works without."""


@dataclass(frozen=True)
class SealKey:
    """A loaded key with its certificates, as DER; `chain` ends with the root if the source gave it."""

    signer: object
    certificate: bytes
    chain: tuple[bytes, ...]

    @property
    def root_pem(self) -> bytes:
        """What a verifier must trust: the last certificate of the chain."""
        der = self.chain[-1] if self.chain else self.certificate
        return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)


def is_configured() -> bool:
    return bool(settings.SEAL_PKCS12 or settings.SEAL_PKCS11_MODULE or settings.DEMO)


def wants_time_stamp() -> bool:
    """Whether a time stamp can be asked for now: a server is named and has not just failed."""
    return bool(settings.TIME_STAMP_URL) and time.monotonic() >= _stamp_again_at[0]


def load() -> SealKey:
    """The key of this installation; SealUnavailable if there is none or it cannot be read."""
    if not is_configured():
        raise SealUnavailable("no seal key is configured")
    try:
        return _load(settings.SEAL_PKCS12, settings.SEAL_PKCS11_MODULE, str(settings.VAR_DIR))
    except (OSError, ValueError, KeyError, PdfError, pkcs11.PKCS11Error) as error:
        logger.warning("seal.unavailable", extra={"error": type(error).__name__})
        raise SealUnavailable(type(error).__name__) from error


def forget() -> None:
    """Load the key again at the next seal: after a change of settings or a token that went away."""
    _load.cache_clear()
    _stamp_again_at[0] = 0.0


def seal(pdf: bytes, *, time_stamp: bool = False) -> bytes:
    """`pdf` with our seal as an incremental update, so that the unsealed bytes stay its beginning.

    Raises SealUnavailable, or TimeStampUnavailable if `time_stamp` was asked for and the server does not answer.
    """
    key = load()
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        embed_validation_info=False,
    )
    signer = PdfSigner(meta, signer=key.signer, timestamper=_time_stamper() if time_stamp else None)
    out = io.BytesIO()
    try:
        signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=2 * RESERVED, output=out)
    except (TimestampRequestError, OSError) as error:
        if not time_stamp:
            raise SealUnavailable(type(error).__name__) from error
        _stamp_again_at[0] = time.monotonic() + TIME_STAMP_PAUSE
        logger.warning("seal.time_stamp_unavailable", extra={"error": type(error).__name__})
        raise TimeStampUnavailable(type(error).__name__) from error
    except pkcs11.PKCS11Error as error:
        _load.cache_clear()  # the session with the token is broken
        logger.warning("seal.unavailable", extra={"error": type(error).__name__})
        raise SealUnavailable(type(error).__name__) from error
    return out.getvalue()


def root_pem() -> bytes:
    """The root certificate a verifier should trust, or nothing if this installation seals nothing."""
    try:
        return load().root_pem
    except SealUnavailable:
        return b""


_stamp_again_at = [0.0]


def _time_stamper():
    return HTTPTimeStamper(settings.TIME_STAMP_URL, timeout=TIME_STAMP_TIMEOUT)


@functools.lru_cache(maxsize=4)
def _load(pkcs12_path, pkcs11_module, var):
    if pkcs11_module:
        return _from_token()
    if pkcs12_path:
        return _from_pkcs12(Path(pkcs12_path).read_bytes(), settings.SEAL_PKCS12_PASSWORD.encode() or None)
    return _from_pkcs12(_demonstration(Path(var) / "seal").read_bytes(), None)


def _from_pkcs12(data, password):
    key, certificate, others = pkcs12.load_key_and_certificates(data, password)
    if key is None or certificate is None:
        raise ValueError("the PKCS#12 file holds no key with its certificate")
    chain = tuple(_ordered(certificate, others))
    der = certificate.public_bytes(serialization.Encoding.DER)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = SimpleSigner(
        signing_cert=asn1crypto.x509.Certificate.load(der),
        signing_key=asn1crypto.keys.PrivateKeyInfo.load(private),
        cert_registry=_store(chain),
    )
    return SealKey(signer, der, chain)


def _from_token():
    session = pkcs11.open_pkcs11_session(
        settings.SEAL_PKCS11_MODULE,
        token_criteria=TokenCriteria(label=settings.SEAL_PKCS11_TOKEN),
        user_pin=settings.SEAL_PKCS11_PIN,
    )
    signer = pkcs11.PKCS11Signer(
        session,
        cert_label=settings.SEAL_PKCS11_LABEL,
        key_label=settings.SEAL_PKCS11_LABEL,
        use_raw_mechanism=True,  # every token signs a digest; not every one hashes
    )
    certificate = x509.load_der_x509_certificate(signer.signing_cert.dump())
    others = [x509.load_der_x509_certificate(item.dump()) for item in signer.cert_registry]
    return SealKey(signer, signer.signing_cert.dump(), tuple(_ordered(certificate, others)))


def _store(chain):
    store = SimpleCertificateStore()
    store.register_multiple(asn1crypto.x509.Certificate.load(der) for der in chain)
    return store


def _ordered(certificate, others):
    """The certificates above `certificate`, each the issuer of the one before, as far as they were given."""
    current = certificate
    for _step in range(len(others)):
        current = next((item for item in others if item.subject == current.issuer and item != current), None)
        if current is None:
            return
        yield current.public_bytes(serialization.Encoding.DER)
        if current.subject == current.issuer:
            return


# --- the demonstration's own root and seal -------------------------------------------------------------------------


def _demonstration(folder):
    """The path of the demonstration's key, made with its root at the first call on a machine; the root's key is thrown
    away."""
    path = folder / "seal.p12"
    if path.exists():
        return path
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".seal.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            made = folder.with_name(f".seal-{os.getpid()}")
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(mode=0o700)
            _make_demonstration(made)
            shutil.rmtree(folder, ignore_errors=True)
            made.rename(folder)
    return path


def _make_demonstration(folder):
    root_key, seal_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name("جذر الثقة للعرض التوضيحي", "الديوان Diwan")
    root = _certificate(root_name, root_name, root_key, root_key, is_root=True)
    seal_name = _name("خاتم العرض التوضيحي Sceau de démonstration", "الديوان Diwan")
    certificate = _certificate(seal_name, root_name, seal_key, root_key, is_root=False)
    (folder / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (folder / "seal.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"seal", seal_key, certificate, [root], serialization.NoEncryption())
    )
    (folder / "seal.p12").chmod(0o600)


def _name(common, organisation):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "MA"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(subject, issuer, key, issuer_key, *, is_root):
    now = datetime.datetime.now(datetime.UTC)
    usage = {
        "digital_signature": not is_root,
        "content_commitment": not is_root,
        "key_cert_sign": is_root,
        "crl_sign": is_root,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "encipher_only": False,
        "decipher_only": False,
    }
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


# --- one compatibility shim ----------------------------------------------------------------------------------------


def _lenient(prepare):
    """asn1crypto, which pyHanko compares certificate names with, refuses what RFC 3454 calls ill-formed: Arabic mixed
    with Latin, or ending in a digit. Such names are usual here; they are compared folded instead."""

    @functools.wraps(prepare)
    def prepared(self, string):
        try:
            return prepare(self, string)
        except ValueError:
            return " " + re.sub(r"\s+", "  ", unicodedata.normalize("NFKC", string).casefold().strip()) + " "

    return prepared


if not hasattr(asn1crypto.x509.NameTypeAndValue._ldap_string_prep, "__wrapped__"):
    asn1crypto.x509.NameTypeAndValue._ldap_string_prep = _lenient(asn1crypto.x509.NameTypeAndValue._ldap_string_prep)
