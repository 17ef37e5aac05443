from django.core.management.base import BaseCommand

from core.files.enums import ReadState
from core.files.models import StoredFile
from core.files.operations_text import forget, read_text


class Command(BaseCommand):
    help = (
        "Read the text of files nobody has read yet, here and now, with progress; a second call goes on where it stood."
    )

    def add_arguments(self, parser):
        parser.add_argument("--again", action="store_true", help="forget what was read, save what people put right")

    def handle(self, *, again, **options):
        if again:
            forget(StoredFile.objects.readable().exclude(reading=ReadState.WAITING).iterator())
        keys = list(StoredFile.objects.to_read().order_by("pk").values_list("pk", flat=True))
        counts = dict.fromkeys(ReadState, 0)
        for place, key in enumerate(keys, 1):
            file = StoredFile.objects.get(pk=key)
            state = ReadState(file.reading)
            if state == ReadState.WAITING:  # else it was read with another that holds the same bytes
                state = read_text(file)
            counts[state] += 1
            self.stdout.write(f"{place} / {len(keys)}  {file.public_id}  {state}")
        self.stdout.write(", ".join(f"{state}: {count}" for state, count in counts.items()))
