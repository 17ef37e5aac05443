from django.db import migrations

PAGES_AT_ONCE = 500


def keep_what_was_compared(apps, schema_editor):
    """Pages an editor has compared move to where the text of all files is kept; the workers read the rest anew."""
    rows = apps.get_model("circulars", "CircularFile").objects.exclude(proofread=[])
    page_of = apps.get_model("files", "FilePage")
    pages = []
    for file, texts, numbers in rows.values_list("file", "pages_text", "proofread").iterator(chunk_size=100):
        pages += [
            page_of(file_id=file, number=number, text=texts[number - 1], is_corrected=True)
            for number in numbers
            if number <= len(texts)
        ]
    page_of.objects.bulk_create(pages, batch_size=PAGES_AT_ONCE)
    outbox = apps.get_model("outbox", "Message").objects
    outbox.filter(name="circulars.read_file").delete()
    apps.get_model("outbox", "Job").objects.filter(name="circulars.ask_to_read").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('circulars', '0017_print_edition'),
        ('files', '0002_text_of_files'),
        ('outbox', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(keep_what_was_compared, migrations.RunPython.noop),
        # The text of every file is kept in core.files, once.
        migrations.RemoveIndex(
            model_name='circularfile',
            name='circular_file_unread',
        ),
        migrations.RemoveField(
            model_name='circularfile',
            name='is_ocr',
        ),
        migrations.RemoveField(
            model_name='circularfile',
            name='is_read',
        ),
        migrations.RemoveField(
            model_name='circularfile',
            name='pages_text',
        ),
        migrations.RemoveField(
            model_name='circularfile',
            name='proofread',
        ),
    ]
