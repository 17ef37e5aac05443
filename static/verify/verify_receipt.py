#!/usr/bin/env python3
# ruff: noqa: E501  (runs on older Pythons, prints, and its sentences are whole)
"""verify_receipt.py: check a receipt of the registry office on your own computer, without asking the office.

    python verify_receipt.py receipt.pdf [attachment …]

Needs Python 3.9 or newer and two libraries: pip install cryptography asn1crypto. Sends nothing anywhere.

It checks, in this order: the electronic seal (PAdES; ECDSA P-256 or RSA, SHA-256) over the whole file and the certificate
behind it; that what the receipt states is what the evidence log recorded; that this record is in the log (RFC 6962); and
that the log's state was signed (C2SP checkpoint, Ed25519). Attachments given beside it are compared with the receipt.

Exit code: 0 everything is proven; 1 something is wrong; 2 nothing is wrong, but not everything could be proven (not sealed,
or no root certificate or log key to compare with); 3 the file cannot be read or is not a receipt
(of another sealed document, a letter or a circular, the seal is checked and nothing else).

Licence: BSD-3-Clause, like the platform it comes from.
"""

import argparse
import base64
import datetime
import hashlib
import json
import locale
import re
import sys
import warnings

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

# What this copy trusts. The administration that offers the file for download fills in its own root certificate (PEM) and
# the public key of its log (base64 of 32 bytes). In an empty copy, give them with --root and --log-key.
ROOT_PEM = ""
LOG_KEY = ""

PARTS = ("manifest.json", "manifest.salt", "evidence.json", "receipt.tlog-proof")


SHA256_NAMES = tuple(bytes.fromhex(text) for text in ("300b0609608648016503040201", "300d06096086480165030402010500"))


class Wrong(Exception):
    """Something is not as the receipt says; `args` are the name of a sentence and its values."""


class Unreadable(Exception):
    """Not a PDF, or not a receipt of ours."""


# --- the file ------------------------------------------------------------------------------------------------------


def read_parts(data):
    """The embedded files. They lie uncompressed behind a fixed key, so no PDF library is needed."""
    parts = {}
    for found in re.finditer(rb"/DiwanPart \(([a-z.-]+)\)/Length (\d+)>>\nstream\n", data):
        name, length = found[1].decode(), int(found[2])
        end = found.end() + length
        if name in parts or data[end : end + 10] != b"\nendstream":
            raise Wrong("part_damaged", name)
        parts[name] = data[found.end() : end]
    if not parts:
        raise Unreadable("no_receipt")
    missing = [name for name in PARTS if name not in parts]
    if missing:
        raise Wrong("part_missing", ", ".join(missing))
    return parts


def read_seal(data):
    """(bytes under the seal, the seal as DER), or None if the file carries no seal."""
    # Real line breaks stand before these words; text that people wrote is JSON here and cannot contain one.
    if not re.search(rb"\n/(SubFilter /ETSI|ByteRange \[|Type /Sig\n|Contents <)", data):
        return None
    ranges = re.findall(rb"\n/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", data)
    if not ranges:
        raise Wrong("seal_damaged")
    start, first, second, length = map(int, ranges[-1])
    if start != 0 or not 0 < first < second or second + length != len(data):
        raise Wrong("seal_not_whole")
    if data[first : first + 1] != b"<" or data[second - 1 : second] != b">":
        raise Wrong("seal_damaged")
    text = data[first + 1 : second - 1]
    try:
        raw = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        raise Wrong("seal_damaged")
    if text not in (raw.hex().encode(), raw.hex().upper().encode()):
        raise Wrong("seal_damaged")
    size = der_length(raw)
    if any(raw[size:]):
        raise Wrong("seal_damaged")
    return data[:first] + data[second:], raw[:size]


def der_length(raw):
    """How long the first DER value is, head included."""
    if len(raw) < 2 or raw[0] != 0x30:
        raise Wrong("seal_damaged")
    if raw[1] < 0x80:
        return 2 + raw[1]
    count = raw[1] & 0x7F
    size = 2 + count + int.from_bytes(raw[2 : 2 + count], "big")
    if not 1 <= count <= 4 or size > len(raw):
        raise Wrong("seal_damaged")
    return size


# --- seal and certificates -----------------------------------------------------------------------------------------


class Signed:
    """A CMS signature by one signer: checks itself on construction."""

    def __init__(self, der, content=None, *, damaged="seal_damaged"):
        try:
            outer = cms.ContentInfo.load(der, strict=True)
            if outer["content_type"].native != "signed_data":
                raise ValueError
            self.data = outer["content"]
            self._check(content)
        except Wrong:
            raise
        except Exception:  # noqa: BLE001 - whatever a library says of bytes it cannot read
            raise Wrong(damaged)

    def _check(self, content):
        data = self.data
        if len(data["signer_infos"]) != 1 or [a["algorithm"].native for a in data["digest_algorithms"]] != ["sha256"]:
            raise ValueError
        signer = data["signer_infos"][0]
        for algorithm in (*data["digest_algorithms"], signer["digest_algorithm"]):
            if algorithm.dump() not in SHA256_NAMES:  # unsigned, so only these forms
                raise ValueError
        self.signature = signer["signature"].native
        inner = data["encap_content_info"]
        expected = "v1" if inner["content_type"].native == "data" else "v3"  # RFC 5652, 5.1
        if data["version"].native != expected or signer["version"].native != "v1":
            raise ValueError
        self.content = inner["content"].contents if inner["content"].native is not None else None
        if content is None:
            content = self.content
        elif self.content is not None or inner["content_type"].native != "data":
            raise ValueError
        attributes = {}
        for attribute in signer["signed_attrs"]:
            if attribute["type"].native in attributes or len(attribute["values"]) != 1:
                raise ValueError
            attributes[attribute["type"].native] = attribute["values"][0]
        if signer["digest_algorithm"]["algorithm"].native != "sha256":
            raise ValueError
        if attributes["content_type"].native != inner["content_type"].native:
            raise ValueError
        if attributes["message_digest"].native != hashlib.sha256(content).digest():
            raise Wrong("seal_other_bytes")
        self.certificates = [
            x509.load_der_x509_certificate(choice.chosen.dump())
            for choice in data["certificates"]
            if choice.name == "certificate"
        ]
        if len(self.certificates) != len(data["certificates"]):
            raise ValueError
        self.certificate = self._signer_certificate(signer, attributes)
        verify(
            self.certificate.public_key(),
            self.signature,
            signer["signed_attrs"].untag().dump(),
            signer["signature_algorithm"],
        )
        self.time_stamp = None
        for attribute in signer["unsigned_attrs"]:
            if (
                attribute["type"].native != "signature_time_stamp_token"
                or self.time_stamp
                or len(attribute["values"]) != 1
            ):
                raise ValueError
            self.time_stamp = attribute["values"][0].dump()

    def _signer_certificate(self, signer, attributes):
        named = signer["sid"].chosen
        for certificate in self.certificates:
            if certificate.serial_number != named["serial_number"].native:
                continue
            if certificate.issuer.public_bytes() != named["issuer"].dump():
                continue
            der = certificate.public_bytes(Encoding.DER)
            if "signing_certificate_v2" in attributes:
                reference, digest = attributes["signing_certificate_v2"], hashlib.sha256(der).digest()
            else:  # what RFC 3161 asks of time stamps; the attribute itself is signed with SHA-256
                reference, digest = attributes["signing_certificate"], hashlib.sha1(der).digest()  # noqa: S324
            if reference["certs"][0]["cert_hash"].native != digest:
                raise ValueError
            return certificate
        raise ValueError

    def chain_to(self, root, moment):
        """The certificates from signer to `root`; Wrong if one link does not hold. All others in the seal must be in it."""
        chain, pool = [self.certificate], [item for item in self.certificates if item != self.certificate]
        while chain[-1] != root:
            last = chain[-1]
            issuer = next((item for item in [root, *pool] if item.subject == last.issuer and item not in chain), None)
            if issuer is None or not is_ca(issuer) or not is_signed_by(last, issuer):
                raise Wrong("chain_broken", name_of(last))
            chain.append(issuer)
        if any(item not in chain for item in pool):
            raise Wrong("seal_damaged")
        for item in chain:
            if not item.not_valid_before_utc <= moment <= item.not_valid_after_utc:
                raise Wrong("certificate_expired", name_of(item))
        return chain


def verify(key, signature, data, algorithm):
    """Raise Wrong unless `signature` over `data` is `key`'s, with SHA-256."""
    name = algorithm["algorithm"].native
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and name == "sha256_ecdsa":
            key.verify(signature, data, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey) and name in ("sha256_rsa", "rsassa_pkcs1v15"):
            key.verify(signature, data, padding.PKCS1v15(), SHA256())
        elif isinstance(key, rsa.RSAPublicKey) and name == "rsassa_pss":
            key.verify(signature, data, padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO), SHA256())
        else:
            raise ValueError(name)
    except InvalidSignature:
        raise Wrong("seal_not_by_key")


def is_signed_by(certificate, issuer):
    key, algorithm = issuer.public_key(), certificate.signature_hash_algorithm
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(
                certificate.signature,
                certificate.tbs_certificate_bytes,
                certificate.signature_algorithm_parameters,
                algorithm,
            )
        else:
            return False
    except InvalidSignature:
        return False
    return True


def is_ca(certificate):
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def name_of(certificate):
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME) or list(certificate.subject)
    return names[0].value if names else "?"


def stamped_at(token, signature):
    """(moment, Signed) of an RFC 3161 time stamp over a signature."""
    signed = Signed(token, damaged="stamp_damaged")
    info = tsp.TSTInfo.load(signed.content)
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256":
        raise Wrong("stamp_damaged")
    if imprint["hashed_message"].native != hashlib.sha256(signature).digest():
        raise Wrong("stamp_damaged")
    return info["gen_time"].native, signed


def claimed_at(data):
    """When the seal says it was made (/M of the signature): under the seal, but the sealer's own word."""
    found = re.findall(rb"/M \(D(?::|\\072)(\d{14})", data)
    if not found:
        return None
    return datetime.datetime.strptime(found[-1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=datetime.timezone.utc)


# --- the log -------------------------------------------------------------------------------------------------------


def read_proof(text):
    """(index, hashes, note) of a C2SP tlog-proof."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1" or len(lines) < 2 or not re.fullmatch(r"index (0|[1-9]\d*)", lines[1]):
        raise Wrong("proof_damaged")
    return int(lines[1][6:]), [decoded(line) for line in lines[2:]], note


def decoded(line):
    try:
        value = base64.b64decode(line, validate=True)
    except ValueError:
        raise Wrong("proof_damaged")
    if len(value) != 32 or base64.b64encode(value).decode() != line:
        raise Wrong("proof_damaged")
    return value


def read_note(note):
    """(origin, size, root, signed text, [(name, key id, signature)]) of a checkpoint."""
    text, _, tail = note.partition("\n\n")
    lines = text.split("\n")
    if len(lines) != 3 or not re.fullmatch(r"[1-9]\d*", lines[1]) or not tail.endswith("\n"):
        raise Wrong("checkpoint_damaged")
    signatures = []
    for line in tail[:-1].split("\n"):
        found = re.fullmatch("\u2014 (\\S+) ([A-Za-z0-9+/]+=*)", line)
        if not found:
            raise Wrong("checkpoint_damaged")
        raw = base64.b64decode(found[2])
        if base64.b64encode(raw).decode() != found[2]:
            raise Wrong("checkpoint_damaged")
        signatures.append((found[1], raw[:4], raw[4:]))
    return lines[0], int(lines[1]), decoded(lines[2]), text + "\n", signatures


def verify_note(note, key):
    """Raise Wrong unless every signature of the checkpoint is by `key` (32 bytes)."""
    origin, _size, _root, text, signatures = note
    identifier = hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
    for name, key_id, signature in signatures:
        if name != origin or key_id != identifier:
            raise Wrong("checkpoint_other_key")
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, text.encode())
        except InvalidSignature:
            raise Wrong("checkpoint_damaged")


def root_from(leaf, index, size, path):
    """The root of the tree that `path` leads to from a leaf (RFC 9162, 2.1.3.2)."""
    if index >= size:
        raise Wrong("not_in_log")
    node, position, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            raise Wrong("not_in_log")
        if position & 1 or position == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        position, last = position >> 1, last >> 1
    if last:
        raise Wrong("not_in_log")
    return node


def log_key(text):
    """32 bytes from base64, or from a C2SP verifier key `name+id+key`."""
    found = re.fullmatch(r"[^+]+\+[0-9a-f]{8}\+(.+)", text.strip())
    raw = base64.b64decode(found[1] if found else text.strip())
    if len(raw) == 33 and raw[0] == 1:
        raw = raw[1:]
    if len(raw) != 32:
        raise Unreadable("bad_key")
    return raw


# --- telling -------------------------------------------------------------------------------------------------------

SENTENCES = {
    "title": ("التحقق من الوصل {}", "Vérification du récépissé {}", "Verification of receipt {}"),
    "states": ("يصرح الوصل بما يلي:", "Le récépissé déclare :", "The receipt states:"),
    "number": ("رقم التسجيل: {}", "Numéro d’enregistrement : {}", "Registry number: {}"),
    "moment": ("لحظة الاستلام: {}", "Reçu le : {}", "Received at: {}"),
    "office": ("الإدارة: {}", "Administration : {}", "Administration: {}"),
    "file": (
        "الوثيقة {}: {}، {} بايت، SHA-256 {}",
        "Pièce {} : {}, {} octets, SHA-256 {}",
        "Document {}: {}, {} bytes, SHA-256 {}",
    ),
    "seal_ok": (
        "الخاتم الإلكتروني سليم ويغطي الملف كله: لم يتغير منه حرف.",
        "Le cachet électronique est intact et couvre tout le fichier : rien n’a été modifié.",
        "The electronic seal is intact and covers the whole file: nothing was changed.",
    ),
    "sealed_by": ("ختمه: {}", "Scellé par : {}", "Sealed by: {}"),
    "chain_ok": (
        "شهادة الخاتم صادرة عن جذر الثقة: {}",
        "Le certificat du cachet vient de la racine de confiance : {}",
        "The certificate of the seal comes from the trusted root: {}",
    ),
    "no_root": (
        "لم يُتحقق من صاحب الخاتم: أعط شهادة الجذر بالخيار --root.",
        "L’identité du sceau n’est pas vérifiée : donnez le certificat racine avec --root.",
        "Who sealed it is not checked: give the root certificate with --root.",
    ),
    "sealed_at": (
        "يقول الخاتم إنه وُضع في: {}",
        "Le cachet dit avoir été apposé le : {}",
        "The seal says it was made at: {}",
    ),
    "stamp_ok": (
        "الختم الزمني سليم: {}، من {}",
        "L’horodatage est intact : {}, par {}",
        "The time stamp is intact: {}, by {}",
    ),
    "no_tsa_root": (
        "لم يُتحقق من صاحب الختم الزمني: أعط جذره بالخيار --tsa-root.",
        "L’identité de l’horodateur n’est pas vérifiée : donnez sa racine avec --tsa-root.",
        "Who made the time stamp is not checked: give its root with --tsa-root.",
    ),
    "no_seal": (
        "هذه النسخة غير مختومة: ما طُبع على الصفحة غير محمي. المثبت هو ما يلي فقط، فقارنه بالصفحة.",
        "Cette édition n’est pas scellée : le texte imprimé n’est pas protégé. Seul ce qui suit est prouvé ; comparez-le à la page.",
        "This edition is not sealed: the printed text is not protected. Only what follows is proven; compare it with the page.",
    ),
    "manifest_ok": (
        "ما يصرح به الوصل هو ما قُيد في السجل.",
        "Ce que déclare le récépissé est ce que le journal a enregistré.",
        "What the receipt states is what the log recorded.",
    ),
    "log_ok": (
        "هذا القيد موجود في السجل: الموقع {} من {}.",
        "Cet enregistrement figure dans le journal : position {} sur {}.",
        "This record is in the log: position {} of {}.",
    ),
    "checkpoint_ok": (
        "حالة السجل موقعة بمفتاح السجل: {}",
        "L’état du journal est signé par la clé du journal : {}",
        "The state of the log is signed by the key of the log: {}",
    ),
    "no_log_key": (
        "لم يُتحقق من توقيع السجل {}: أعط مفتاحه بالخيار --log-key.",
        "La signature du journal {} n’est pas vérifiée : donnez sa clé avec --log-key.",
        "The signature of the log {} is not checked: give its key with --log-key.",
    ),
    "same": ("{}: مطابق للوثيقة {}.", "{} : identique à la pièce {}.", "{}: same as document {}."),
    "different": (
        "{}: غير مطابق لأي وثيقة في الوصل.",
        "{} : différent de toutes les pièces du récépissé.",
        "{}: different from every document of the receipt.",
    ),
    "seal_other_bytes": (
        "الملف ليس هو الذي خُتم: تغير فيه شيء، ولو حرف واحد.",
        "Ce fichier n’est pas celui qui a été scellé : quelque chose a changé, ne serait-ce qu’un octet.",
        "This is not the file that was sealed: something changed, be it one byte.",
    ),
    "seal_damaged": (
        "الخاتم تالف أو عُبث به: لا يثبت شيئا.",
        "Le cachet est endommagé ou altéré : il ne prouve rien.",
        "The seal is damaged or tampered with: it proves nothing.",
    ),
    "seal_not_whole": (
        "الخاتم لا يغطي الملف كله: أُضيف إليه شيء أو حُذف منه.",
        "Le cachet ne couvre pas tout le fichier : quelque chose a été ajouté ou retiré.",
        "The seal does not cover the whole file: something was added or removed.",
    ),
    "seal_not_by_key": (
        "الخاتم ليس من صاحب الشهادة.",
        "Le cachet n’est pas du titulaire du certificat.",
        "The seal was not made by the holder of the certificate.",
    ),
    "chain_broken": (
        "شهادة {} غير صادرة عن جذر الثقة.",
        "Le certificat {} ne vient pas de la racine de confiance.",
        "The certificate {} does not come from the trusted root.",
    ),
    "certificate_expired": (
        "شهادة {} لم تكن صالحة عند الختم.",
        "Le certificat {} n’était pas valable au moment du cachet.",
        "The certificate {} was not valid when the seal was made.",
    ),
    "stamp_damaged": (
        "الختم الزمني لا يخص هذا الخاتم.",
        "L’horodatage n’est pas celui de ce cachet.",
        "The time stamp does not belong to this seal.",
    ),
    "manifest_wrong": (
        "ما يصرح به الوصل ليس ما قُيد في السجل.",
        "Ce que déclare le récépissé n’est pas ce que le journal a enregistré.",
        "What the receipt states is not what the log recorded.",
    ),
    "not_in_log": (
        "هذا القيد غير موجود في السجل.",
        "Cet enregistrement ne figure pas dans le journal.",
        "This record is not in the log.",
    ),
    "proof_damaged": ("برهان السجل تالف.", "La preuve du journal est endommagée.", "The proof of the log is damaged."),
    "checkpoint_damaged": (
        "توقيع السجل تالف أو مزور.",
        "La signature du journal est endommagée ou fausse.",
        "The signature of the log is damaged or false.",
    ),
    "checkpoint_other_key": (
        "السجل موقع بمفتاح آخر.",
        "Le journal est signé par une autre clé.",
        "The log is signed by another key.",
    ),
    "part_damaged": (
        "الجزء {} المضمن في الملف تالف.",
        "La partie incluse {} est endommagée.",
        "The embedded part {} is damaged.",
    ),
    "part_missing": ("أجزاء ناقصة في الملف: {}", "Parties absentes du fichier : {}", "Parts missing from the file: {}"),
    "no_receipt": (
        "هذا الملف ليس وصلا صادرا عن هذه المنصة، أو أُزيل منه ما يثبته.",
        "Ce fichier n’est pas un récépissé de cette plateforme, ou ses preuves en ont été retirées.",
        "This file is no receipt of this platform, or its proofs were removed.",
    ),
    "sealed_otherwise": (
        "هذا الملف ليس وصل إيداع، بل وثيقة أخرى مختومة (رسالة أو إشهاد أو منشور). لم يُتحقق إلا من خاتمها، كما ورد أعلاه؛ وليس فيها ما يُقارن بالسجل.",
        "Ce fichier n’est pas un récépissé de dépôt mais un autre document scellé (lettre, attestation, circulaire). Seul son cachet a été vérifié, ci-dessus ; il ne contient rien à comparer au journal.",
        "This file is no receipt of a deposit but another sealed document (a letter, an attestation, a circular). Only its seal was checked, see above; it holds nothing to compare with the log.",
    ),
    "cannot_read": ("تعذرت قراءة {}.", "Impossible de lire {}.", "Cannot read {}."),
    "bad_key": (
        "مفتاح السجل أو شهادة الجذر غير مقروءين.",
        "La clé du journal ou le certificat racine est illisible.",
        "The log key or the root certificate cannot be read.",
    ),
    "all_proven": ("النتيجة: كل شيء مثبت.", "Résultat : tout est prouvé.", "Result: everything is proven."),
    "partly": (
        "النتيجة: لا شيء خاطئ، لكن لم يُتحقق من كل شيء (انظر العلامة !).",
        "Résultat : rien n’est faux, mais tout n’a pas pu être vérifié (voir les « ! »).",
        "Result: nothing is wrong, but not everything could be checked (see the “!”).",
    ),
    "wrong": (
        "النتيجة: لا تثق بهذا الملف.",
        "Résultat : ne vous fiez pas à ce fichier.",
        "Result: do not trust this file.",
    ),
}
LANGUAGES = ("ar", "fr", "en")


class Report:
    """Prints sentences in the reader's language and remembers the worst of them."""

    def __init__(self, language, out=None):
        self.column, self.language, self.out = LANGUAGES.index(language), language, out or sys.stdout
        self.code = 0

    def say(self, mark, name, *values):
        text = SENTENCES[name][self.column].format(*(self.isolated(value) for value in values))
        print(f"{mark} {text}".rstrip(), file=self.out)

    def good(self, name, *values):
        self.say("\u2713", name, *values)

    def unknown(self, name, *values):
        self.say("!", name, *values)
        self.code = self.code or 2

    def bad(self, name, *values):
        self.say("\u2717", name, *values)
        self.code = 1

    def note(self, name, *values):
        self.say(" ", name, *values)

    def isolated(self, value):
        return f"\u2068{value}\u2069" if self.language == "ar" else str(value)


def check(data, report, *, root=None, key=None, tsa_root=None, attachments=()):
    """Check a receipt's bytes and print what is proven; returns the exit code."""
    is_sealed = attempt("seal_damaged", report, check_seal, data, report, root, tsa_root)
    try:
        parts = read_parts(data)
    except Wrong as wrong:
        report.bad(*wrong.args)
        return finish(report)
    except Unreadable:
        if is_sealed:
            raise Unreadable("sealed_otherwise")
        raise
    attempt("proof_damaged", report, check_log, parts, report, key)
    facts = attempt("manifest_wrong", report, check_manifest, parts, report)
    if facts:
        tell(facts, report)
        compare(facts, attachments, report)
    return finish(report)


def attempt(damaged, report, func, *args):
    """One check, whose result is a sentence whatever the file does to the libraries that read it."""
    try:
        return func(*args)
    except Wrong as wrong:
        report.bad(*wrong.args)
    except Exception:  # noqa: BLE001
        report.bad(damaged)
    return None


def check_seal(data, report, root, tsa_root):
    found = read_seal(data)
    if found is None:
        report.unknown("no_seal")
        return False
    covered, der = found
    seal = Signed(der, covered)
    moment = claimed_at(covered) or datetime.datetime.now(datetime.timezone.utc)
    lines = [("sealed_at", moment.isoformat(" ", "seconds"))]
    unknown = []
    if seal.time_stamp:
        moment, stamp = stamped_at(seal.time_stamp, seal.signature)
        lines = [("stamp_ok", moment.isoformat(" ", "seconds"), name_of(stamp.certificate))]
        if tsa_root is None:
            unknown.append(("no_tsa_root",))
        else:
            stamp.chain_to(tsa_root, moment)
    if root is None:
        seal.chain_to(highest(seal), moment)
        unknown.append(("no_root",))
    else:
        seal.chain_to(root, moment)
        lines.append(("chain_ok", name_of(root)))
    report.good("seal_ok")
    report.note("sealed_by", name_of(seal.certificate))
    for line in lines:
        report.good(*line)
    for line in unknown:
        report.unknown(*line)
    return True


def highest(signed):
    """The last certificate the seal itself brings: without a trusted root, only its own consistency can be checked."""
    current = signed.certificate
    for _step in signed.certificates:
        above = next((c for c in signed.certificates if c.subject == current.issuer and c != current), None)
        if above is None:
            break
        current = above
    return current


def check_manifest(parts, report):
    try:
        evidence, facts = json.loads(parts["evidence.json"]), json.loads(parts["manifest.json"])
        salt = bytes.fromhex(parts["manifest.salt"].decode("ascii"))
        commit, number = evidence["commit"], evidence["register"]["number"]
    except (ValueError, KeyError, TypeError):
        raise Wrong("manifest_wrong")
    if len(salt) != 16 or salt.hex().encode() != parts["manifest.salt"]:
        raise Wrong("manifest_wrong")
    if hashlib.sha256(salt + parts["manifest.json"]).hexdigest() != commit or evidence["code"] != "receipt.issued":
        raise Wrong("manifest_wrong")
    if facts.get("number") != number:
        raise Wrong("manifest_wrong")
    report.good("manifest_ok")
    return facts


def check_log(parts, report, key):
    try:
        index, path, text = read_proof(parts["receipt.tlog-proof"].decode("utf-8"))
    except UnicodeDecodeError:
        raise Wrong("proof_damaged")
    note = read_note(text)
    origin, size, root = note[:3]
    leaf = hashlib.sha256(b"\x00" + parts["evidence.json"]).digest()
    if root_from(leaf, index, size, path) != root:
        raise Wrong("not_in_log")
    if key is not None:
        verify_note(note, key)
    report.good("log_ok", index + 1, size)
    if key is None:
        report.unknown("no_log_key", origin)
    else:
        report.good("checkpoint_ok", origin)


def tell(facts, report):
    organisation = facts.get("organisation") or {}
    report.note("states")
    report.note("number", facts.get("number"))
    report.note("moment", facts.get("moment"))
    report.note("office", organisation.get("name_ar" if report.language == "ar" else "name_fr"))
    for file in facts.get("files") or []:
        report.note("file", file["order"], file["name"], file["size"], file["sha256"])


def compare(facts, attachments, report):
    known = {file["sha256"]: file["order"] for file in facts.get("files") or []}
    for name in attachments:
        try:
            with open(name, "rb") as handle:
                digest = hashlib.sha256(handle.read()).hexdigest()
        except OSError:
            report.bad("cannot_read", name)
            continue
        if digest in known:
            report.good("same", name, known[digest])
        else:
            report.bad("different", name)


def finish(report):
    report.say("", {0: "all_proven", 1: "wrong", 2: "partly"}[report.code])
    return report.code


def reader_language():
    name = (locale.getlocale()[0] or "").lower()
    return "ar" if name.startswith("ar") else "fr" if name.startswith("fr") else "en"


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0],
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("receipt", help="the PDF")
    parser.add_argument("attachments", nargs="*", help="documents to compare with the receipt")
    parser.add_argument("--root", metavar="PEM", help="root certificate of the seal")
    parser.add_argument("--tsa-root", metavar="PEM", help="root certificate of the time-stamp server")
    parser.add_argument("--log-key", metavar="KEY", help="public key of the log: base64, or name+id+key")
    parser.add_argument("--lang", choices=LANGUAGES, default=None)
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    warnings.simplefilter("ignore")  # of libraries, about files: what counts is said in words
    report = Report(options.lang or reader_language())
    try:
        root = load_root(options.root) or (x509.load_pem_x509_certificate(ROOT_PEM.encode()) if ROOT_PEM else None)
        tsa_root = load_root(options.tsa_root)
        key = log_key(options.log_key or LOG_KEY) if options.log_key or LOG_KEY else None
    except (OSError, ValueError, Unreadable):
        report.bad("bad_key")
        return 3
    try:
        with open(options.receipt, "rb") as handle:
            data = handle.read()
        if not data.startswith(b"%PDF-"):
            raise Unreadable("no_receipt")
        report.note("title", options.receipt)
        return check(data, report, root=root, key=key, tsa_root=tsa_root, attachments=options.attachments)
    except OSError:
        report.bad("cannot_read", options.receipt)
    except Unreadable as error:
        report.bad(*error.args)
    return 3


def load_root(path):
    if not path:
        return None
    with open(path, "rb") as handle:
        return x509.load_pem_x509_certificate(handle.read())


if __name__ == "__main__":
    sys.exit(main())
