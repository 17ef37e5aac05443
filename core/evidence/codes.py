"""The secrets a receipt carries: its token opens the verification page, its tracking code the story of the letter.

Both are written in Crockford's base 32 (no I, L, O, U) so that they can be read out and typed from paper.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections import deque
from dataclasses import dataclass

from cryptography.fernet import Fernet
from django.conf import settings
from stdnum import luhn

from core.text import plain_number

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TOKEN_LENGTH, CODE_LENGTH = 26, 13  # a code ends with its check character
_MISREAD = str.maketrans("OIL", "011")
# The code is random (60 bits beside its check character), so a small cost is enough: trying them all takes millions of
# years of processor time. The first codes had 55 bits and a cost to match; they are known by their length.
_SCRYPT = {"r": 8, "p": 1, "dklen": 32}
_COST, _COSTS_BY_LENGTH = 2**7, {12: 2**10}


@dataclass(frozen=True)
class TrackingCode:
    """A new code with what is kept of it for the look-up."""

    text: str
    salt: bytes
    digest: bytes

    @property
    def printed(self) -> str:
        return printed(self.text)


def new_token() -> str:
    """128 random bits as 26 characters."""
    number = secrets.randbits(128)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(TOKEN_LENGTH)))


def clean_token(value: str) -> str:
    """A token as typed or scanned; nothing if it cannot be one."""
    text = _plain(value.rsplit("/", 1)[-1])
    return text if len(text) == TOKEN_LENGTH and set(text) <= set(ALPHABET) else ""


def clean_code(value: str) -> str:
    """A tracking code as typed; nothing if its length or check character is wrong."""
    text = _plain(value)
    is_long_enough = len(text) == CODE_LENGTH or len(text) in _COSTS_BY_LENGTH
    return text if is_long_enough and set(text) <= set(ALPHABET) and luhn.is_valid(text, ALPHABET) else ""


def printed(code: str) -> str:
    """7H2K-Q9M4-XW8T-5: the last character checks the others."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def take_code() -> TrackingCode:
    """A new tracking code. Hashing it is slow beside a registration, so `prepare_code` may have done it before."""
    key = os.getpid()
    return _prepared[key].popleft() if _prepared.get(key) else _new_code()


def prepare_code() -> None:
    """Have one code ready in this process for the next `take_code`: called when no lock is held."""
    if not _prepared.get(os.getpid()):
        _prepared.clear()  # what a forked parent had prepared is the parent's
        _prepared[os.getpid()] = deque([_new_code()])


def is_code(value: str, salt: bytes | None, digest: bytes | None) -> bool:
    """Whether `value` is the code behind `salt` and `digest`; takes the same time without them."""
    found = _digest(clean_code(value), bytes(salt) if salt else b"-" * 16)
    return hmac.compare_digest(found, bytes(digest) if digest else b"-" * 32)


def encrypted(code: str) -> bytes:
    """The code as it lies in the database, so that a later edition can print it."""
    return Fernet(settings.FIELD_KEY).encrypt(code.encode())


def decrypted(value: bytes | None) -> str:
    return Fernet(settings.FIELD_KEY).decrypt(bytes(value)).decode() if value else ""


_prepared: dict[int, deque] = {}


def _new_code():
    head = "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH - 1))
    text, salt = head + luhn.calc_check_digit(head, ALPHABET), secrets.token_bytes(16)
    return TrackingCode(text, salt, _digest(text, salt))


def _digest(code, salt):
    return hashlib.scrypt(code.encode(), salt=salt, n=_COSTS_BY_LENGTH.get(len(code), _COST), **_SCRYPT)


def _plain(value):
    return re.sub(r"[^0-9A-Z]", "", plain_number(value[:200])).translate(_MISREAD)
