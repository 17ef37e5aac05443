"""Short secrets kept unreadable at rest: Fernet with the keys of settings.FIELD_KEYS, the first of which encrypts.

To change the key, put the new one first and leave the old one behind it until nothing is written with it any more.
"""

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypt_text(text: str) -> str:
    return _fernet().encrypt(text.encode()).decode()


def decrypt_text(secret: str) -> str:
    """The text again; raises `cryptography.fernet.InvalidToken` for what none of our keys wrote."""
    return _fernet().decrypt(secret.encode()).decode()


def _fernet():
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
