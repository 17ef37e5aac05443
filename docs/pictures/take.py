"""Takes the pictures of README and docs/users from a running demonstration (script/run, then this with its address).

    .venv/bin/python docs/pictures/take.py http://localhost:8000

One letter is deposited for it in each language. Needs what script/setup --dev installs.
"""

import io
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PASSWORD = "diwan-demo-2026"  # noqa: S105 - that of every account of the demonstration
PICTURES = Path(__file__).parent
USERS = PICTURES.parent / "users"
PHONE, DESK = {"width": 390, "height": 780}, {"width": 1280, "height": 800}
CONTINUE = "button[name=intent][value=continue]:not(.visually-hidden)"
LETTER = {
    "ar": ("فاطمة الزهراء العلمي", "طلب الاطلاع على برنامج العمل السنوي", "ألتمس منكم موافاتي بنسخة من برنامج العمل."),
    "fr": ("Fatima Zahra Alami", "Demande du programme de travail annuel", "Je souhaite recevoir le programme annuel."),
}


class Photographer:
    def __init__(self, browser, base, language):
        self.browser, self.base, self.language = browser, base, language

    def page(self, size, user=""):
        context = self.browser.new_context(viewport=size, locale=self.language, base_url=self.base)
        page = context.new_page()
        if user:
            page.goto(f"/{self.language}/account/login/")
            page.fill("[name=login]", user)
            page.fill("[name=password]", PASSWORD)
            self.send(page, "main form button[type=submit]")
        return page

    def send(self, page, button=CONTINUE):
        with page.expect_navigation():
            page.locator(button).first.click()

    def take(self, page, name, *, path="", to=None):
        """One screen of `page` as `name`, in few colours: small enough for a repository."""
        if path:
            page.goto(f"/{self.language}{path}")
        page.wait_for_load_state("networkidle")
        place = (to or USERS / self.language) / f"{name}.png"
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        picture.quantize(64, dither=Image.Dither.NONE).save(place, optimize=True)

    def depositor(self):
        page = self.page(PHONE)
        name, subject, message = LETTER[self.language]
        page.goto(f"/{self.language}/deposit/addressee/")
        if page.locator("[name=organisation]").count():
            page.get_by_label(re.compile("وزارة|Ministère")).check()
            self.send(page, "button[name=next]")
        self.take(page, "depositor-type")
        page.locator("[name=act_type]").first.check()
        self.send(page)
        page.check("[name=kind][value=person]")
        page.check("[name=behalf][value=self]")
        page.fill("[name=name]", name)
        page.fill("[name=email]", "fatima@courrier.example")
        self.send(page)
        page.fill("[name=subject]", subject)
        page.fill("[name=message]", message)
        self.send(page)
        page.goto(f"/{self.language}/deposit/check/")
        self.take(page, "depositor-check")
        page.check("[name=accurate]")
        page.check("[name=reply_here]")
        self.send(page, "button[value=deposit]")
        page.locator("[data-pdf-ready], a[href*='/receipts/']").first.wait_for(timeout=20_000)
        self.take(page, "depositor-receipt")
        number = page.locator(".receipt-number").first.inner_text()
        code = page.locator(".code-block").first.inner_text()
        page.goto(f"/{self.language}/track/")
        page.fill("[name=number]", number)
        page.fill("[name=code]", code)
        self.send(page, "main form button[type=submit]")
        self.take(page, "depositor-tracking")

    def clerk(self):
        page = self.page(DESK, "amina")
        self.take(page, "clerk-desk", path="/desk/")
        page.goto(f"/{self.language}/desk/?state=to_qualify")
        page.locator(".desk-table .subject a").last.click()
        self.take(page, "clerk-letter")
        self.take(page, "clerk-counter", path="/desk/counter/MSP/")
        self.take(page, "clerk-register", path=f"/registers/MSP/{page.evaluate('new Date().getFullYear()')}/incoming/")

    def head(self):
        page = self.page(DESK, "youssef")
        self.take(page, "head-home", path="/my-desk/")
        page.goto(f"/{self.language}/desk/?state=in_progress")
        page.locator(".desk-table .subject a").first.click()
        self.take(page, "head-letter")

    def reader(self):
        page = self.page(PHONE, "said")
        words = {"ar": "الأرشيف", "fr": "registre"}[self.language]
        self.take(page, "search", path=f"/search/?q={words}")
        page.goto(f"/{self.language}/circulars/?q=12/2026")
        page.locator("main h2 a", has_text=re.compile("الإيداع|Dépôt")).first.click()
        self.take(page, "circular")

    def administrator(self):
        page = self.page(DESK, "nadia")
        page.goto(f"/{self.language}/account/profile/")  # the administration speaks the language of the account
        page.check(f"[name=language][value={self.language}]")
        self.send(page, "main form button[type=submit]")
        for name in ("posts", "users"):
            page.goto(f"/cms/{name}/")
            self.take(page, f"administrator-{name}")


def main(base):
    with sync_playwright() as playwright:
        for language in ("fr", "ar"):
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            photographer = Photographer(browser, base, language)
            for who in ("depositor", "clerk", "head", "reader", "administrator"):
                getattr(photographer, who)()
            if language == "ar":
                photographer.take(photographer.page(PHONE), "front", path="/", to=PICTURES)
                shutil.copy(USERS / "ar" / "clerk-desk.png", PICTURES / "desk.png")
            browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
