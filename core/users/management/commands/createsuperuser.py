from django.contrib.auth.management.commands import createsuperuser


class Command(createsuperuser.Command):
    help = (
        "Creates the account that sets up an installation: the first organisations, posts and administrators. "
        "It bypasses rules and holds no post; close it once an administrator is appointed."
    )

    def handle(self, *args, **options):
        self.stderr.write(self.style.WARNING(self.help))
        return super().handle(*args, **options)
