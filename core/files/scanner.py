"""The virus scanner: ClamAV's daemon on a socket. Every answer that is not clear counts as none."""

from dataclasses import dataclass

from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket
from django.conf import settings

from core.files.enums import ScanState

SECONDS = 60


@dataclass(frozen=True)
class Finding:
    state: ScanState
    detail: str = ""


def scan(file) -> Finding:
    """What the daemon says of the bytes of `file`."""
    if not settings.CLAMAV_SOCKET:
        return Finding(ScanState.NOT_CONFIGURED)
    try:
        with file.open_stream() as stream:
            answer = _client(settings.CLAMAV_SOCKET).instream(stream)
    except (ClamdError, OSError, ValueError) as error:
        return Finding(ScanState.NOT_SCANNED, f"{type(error).__name__}: {error}")
    match answer.get("stream") if isinstance(answer, dict) else None:
        case ("OK", _):
            return Finding(ScanState.CLEAN)
        case ("FOUND", signature):
            return Finding(ScanState.INFECTED, str(signature))
        case unclear:
            return Finding(ScanState.NOT_SCANNED, f"unclear answer: {unclear}")


def _client(address):
    """`/run/clamav/clamd.ctl` is a Unix socket, `host:3310` a network one."""
    if address.startswith("/"):
        return ClamdUnixSocket(path=address, timeout=SECONDS)
    host, _colon, port = address.rpartition(":")
    return ClamdNetworkSocket(host=host.strip("[]"), port=int(port), timeout=SECONDS)
