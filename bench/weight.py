"""Compressed bytes of the first deposit page without fonts: HTML as a proxy gzips it, the rest as served (brotli)."""

import gzip
import re
from urllib.parse import urljoin, urlsplit

import django

from bench._report import arguments, report, table

LIMIT_KB = 70
FONTS = (".woff2", ".woff", ".ttf")
IN_HTML = re.compile(r"""<(?:link|script|img|source|use|image)\b[^>]*?\s(?:href|src)\s*=\s*["']([^"']+)["'][^>]*>""")
IN_CSS = re.compile(r"""@import\s+(?:url\()?["']?([^"')\s;]+)|url\(\s*["']?([^"')]+)""")
NOT_LOADED = re.compile(r"""<link\b[^>]*\brel\s*=\s*["'](?:canonical|alternate|next|prev|help|search)["'][^>]*>""")


def main():
    arguments(__doc__)
    django.setup()
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse
    from django.utils.translation import override

    call_command("collectstatic", interactive=False, verbosity=0)
    client = Client(headers={"accept-encoding": "br, gzip", "host": "localhost"})
    rows, heaviest = [], 0.0
    for language in ("ar", "fr", "en"):
        with override(language):
            address = reverse("deposit:start")
        page = client.get(address)
        if page.status_code != 200:
            raise SystemExit(f"{address} answers {page.status_code}")
        weights = {address: len(gzip.compress(page.content, 6))}
        html = NOT_LOADED.sub("", page.content.decode())
        _follow(client, [urljoin(address, found) for found in IN_HTML.findall(html)], weights)
        total = sum(weights.values()) / 1000
        heaviest = max(heaviest, total)
        rows += [{"page": language, "part": part, "bytes": size} for part, size in weights.items()]
        rows.append({"page": language, "part": "together", "bytes": sum(weights.values())})
    table(rows)
    report(
        "weight",
        value=heaviest,
        unit="kB",
        baseline=LIMIT_KB,
        ratio=heaviest / LIMIT_KB,
        reached=heaviest < LIMIT_KB,
    )


def _follow(client, addresses, weights):
    """Add what each address weighs, and what the stylesheets among them ask for, once."""
    for address in addresses:
        path = urlsplit(address).path
        if not path.startswith("/static/") or path in weights or path.endswith(FONTS):
            continue
        response = client.get(path)
        if response.status_code != 200:
            raise SystemExit(f"{path} answers {response.status_code}")
        body = b"".join(response.streaming_content) if response.streaming else response.content
        weights[path] = len(body)
        if path.endswith(".css"):
            plain = client.get(path, headers={"accept-encoding": "identity"})
            text = (b"".join(plain.streaming_content) if plain.streaming else plain.content).decode()
            found = [first or second for first, second in IN_CSS.findall(text)]
            _follow(client, [urljoin(path, name) for name in found if not name.startswith("data:")], weights)


if __name__ == "__main__":
    main()
