from django.core.management.base import BaseCommand

from home.circulars.setup import let_editors_write
from home.setup import create_default_pages


class Command(BaseCommand):
    help = "Creates the front page, menu and standard pages in Arabic, French and English where missing."

    def handle(self, **options):
        create_default_pages()
        let_editors_write()
        self.stdout.write("The pages of the site are in place.")
