"""Whole deposits over HTTP with two 300 kB files, against a plain Django site asking the same.

Both stand behind the same production server (gunicorn, two processes) and use the same PostgreSQL; eight clients walk
through the pages by turns on one and the other: thirteen requests each, of them five GETs of forms and one of the end.
A deposit of ours ends with number, evidence and receipt; no worker runs beside, so its PDF is not part of the measure.
Both servers, PostgreSQL and the clients share the machine: on one that is busy otherwise the ratio says little.
"""

import contextlib
import http.client
import io
import secrets
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import django

from bench import _report
from bench._server import server

CLIENTS = 8
FILE_BYTES = 300_000
LEAST = 0.5
ANSWERS = {
    "sender": {"kind": "person", "behalf": "self", "name": "فاطمة الزهراء العلمي", "phone": "0661234567"},
    "subject": {"subject": "طلب رخصة استغلال محل", "message": "نلتمس منكم منحنا الرخصة. " * 20},
}


def main():
    options = _report.arguments(__doc__.splitlines()[0], rounds=0)
    django.setup()
    prepare()
    rounds = options.rounds or (2 if options.quick else 4)
    seconds = 5 if options.quick else 12
    pdf = one_pdf()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        ours = stack.enter_context(server("intranet.wsgi:application", DEPOSITS_PER_HOUR="0"))
        plain = stack.enter_context(server("bench._plain_site:application", PLAIN_FILES=folder))
        walks = {"plain": (plain, plain_deposit), "diwan": (ours, our_deposit)}
        for port, walk in walks.values():
            measure(port, walk, pdf, 2)
        rates = {name: [] for name in walks}
        laps = _report.Laps()
        for _round in range(rounds):
            for name, (port, walk) in walks.items():
                done, times = measure(port, walk, pdf, seconds)
                rates[name].append(done / seconds)
                if name == "diwan":
                    laps.seconds += times
    rows = [
        {"round": n + 1, "plain/s": plain, "deposits/s": full, "ratio": full / plain}
        for n, (plain, full) in enumerate(zip(rates["plain"], rates["diwan"], strict=True))
    ]
    _report.table(rows)
    gaps = check()
    print(
        f"a deposit takes {laps.median():.2f} s (95 %: {laps.percentile(95):.2f} s) with {CLIENTS} clients; {gaps} gaps"
    )
    plain, full = (sorted(rates[name])[len(rates[name]) // 2] for name in ("plain", "diwan"))
    ratio = full / plain
    _report.report(
        "deposit",
        value=full,
        unit="deposits/s",
        baseline=plain,
        ratio=ratio,
        reached=ratio >= LEAST and not gaps,
        must_reach=LEAST,
        clients=CLIENTS,
        seconds_median=laps.median(),
        seconds_95=laps.percentile(95),
    )


def prepare():
    """An office that takes deposits, the plain site's table, and the static files whose names the pages carry."""
    from django.core.management import call_command
    from django.db import connection

    from core.organisations.models import Organisation, Unit

    call_command("collectstatic", interactive=False, verbosity=0)
    office = Organisation.objects.create(
        code="BEN",
        slug="bench",
        kind="ministry",
        name_ar="إدارة",
        name_fr="Administration",
        is_hosted=True,
        accepts_deposits=True,
    )
    Unit.objects.create(
        organisation=office, code="BO", name_ar="مكتب الضبط", name_fr="Bureau d'ordre", is_registry=True
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE plain_deposit (id uuid PRIMARY KEY, subject text NOT NULL)")
    connection.close()


def check():
    """How many numbers are missing between the first and the last."""
    from core.registers.models import Entry, Register

    return Register.objects.get().last_number - Entry.objects.count()


def measure(port, walk, pdf, seconds):
    """Deposits finished in that time by all clients, and how long each took."""
    end = time.perf_counter() + seconds

    def client(_number):
        times, connection = [], http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while time.perf_counter() < end:
            began = time.perf_counter()
            walk(Visit(connection), pdf)
            if time.perf_counter() <= end:
                times.append(time.perf_counter() - began)
        connection.close()
        return times

    with ThreadPoolExecutor(CLIENTS) as pool:
        times = [lap for laps in pool.map(client, range(CLIENTS)) for lap in laps]
    return len(times), times


class Visit:
    """One depositor's browser: keeps the connection and the cookies."""

    def __init__(self, connection):
        self.connection, self.cookies = connection, {}

    def get(self, path):
        return self._ask("GET", path, None, {}, 200)

    def post(self, path, fields, files=(), expected=303):
        boundary = uuid.uuid4().hex
        parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
        parts += [(f'name="file"; filename="{name}"\r\nContent-Type: application/pdf', data) for name, data in files]
        body = b"".join(
            f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n"
            for head, value in parts
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Accept": "application/json"}
        return self._ask("POST", path, body + f"--{boundary}--\r\n".encode(), headers, expected)

    def _ask(self, method, path, body, headers, expected):
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status != expected:
            raise SystemExit(f"{method} {path} answers {response.status}: {text[:300]!r}")
        for cookie in response.headers.get_all("Set-Cookie", ()):
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response.getheader("Location") or text


def our_deposit(visit, pdf):
    visit.get("/ar/deposit/addressee/")
    visit.post("/ar/deposit/addressee/", {"act_type": "other"})
    for step, answers in ANSWERS.items():
        visit.get(f"/ar/deposit/{step}/")
        visit.post(f"/ar/deposit/{step}/", answers)
    visit.get("/ar/deposit/documents/")
    labels = {}
    for name in ("talab.pdf", "aqd.pdf"):
        answer = visit.post("/ar/deposit/documents/", {"intent": "upload"}, [(name, fresh(pdf))], expected=200)
        row = answer.partition(b'id=\\"file-')[2][:32].decode()
        labels[f"file-{row}-label"] = "الطلب"
    if not visit.post("/ar/deposit/documents/", labels).endswith("/check/"):
        raise SystemExit("the documents were not taken")
    visit.get("/ar/deposit/check/")
    done = visit.post("/ar/deposit/check/", {"accurate": "on"})
    if "/done/BEN-A-" not in done:
        raise SystemExit(f"not deposited: {done}")
    visit.get(done)


def plain_deposit(visit, pdf):
    """The same requests one for one, with the token each form carries."""
    answers = {"addressee": {"act_type": "other"}, **ANSWERS}
    for step, given in answers.items():
        visit.post(f"/{step}/", given | token_in(visit.get(f"/{step}/")))
    token = token_in(visit.get("/documents/"))
    for name in ("talab.pdf", "aqd.pdf"):
        visit.post("/upload/", {"intent": "upload"} | token, [(name, fresh(pdf))], expected=200)
    visit.post("/documents/", {"first_label": "الطلب", "second_label": "الطلب"} | token)
    visit.get(visit.post("/check/", {"accurate": "on"} | token_in(visit.get("/check/"))))


def token_in(page) -> dict:
    """The hidden field with which Django's forms are posted."""
    token = page.partition(b'name="csrfmiddlewaretoken" value="')[2].partition(b'"')[0]
    return {"csrfmiddlewaretoken": token.decode()}


MARK = b"0123456789abcdef0123456789abcdef"


def one_pdf() -> bytes:
    """A sound PDF of 300 kB with a place in a stream where every copy is made different."""
    import pikepdf

    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.pages[0].obj.Bench = pdf.make_stream(MARK + secrets.token_bytes(FILE_BYTES - 1200))
    out = io.BytesIO()
    pdf.save(out, compress_streams=False)
    return out.getvalue()


def fresh(pdf) -> bytes:
    return pdf.replace(MARK, secrets.token_hex(16).encode(), 1)


if __name__ == "__main__":
    main()
