"""What lower floors ask of correspondence and tell it: who may read a file, what was rectified, what was erased."""

from django.dispatch import receiver

from core.evidence.signals import entry_erased, entry_rectified
from core.files.permissions import register_reader
from core.indexing import reindex_after_commit
from eservices.correspondence import operations
from eservices.correspondence.models import Attachment, Correspondence, WorkItem
from eservices.correspondence.tracking import reads_tracked


def reads_letter(user, file, scope):
    """Whether `file` is attached to a letter whose item, or the item it answers, `user` may see."""
    letters = Attachment.objects.filter(file=file).values_list("correspondence", "correspondence__reply_to")
    keys = {key for pair in letters for key in pair if key}
    return WorkItem.objects.visible_to(user).filter(correspondence__in=keys).exists()


@receiver(entry_rectified)
def show_new_number(sender, entry, new, **kwargs):
    """The letter goes by its new number from now on; the old one still finds it."""
    Correspondence.objects.filter(object_id=new.object_id).update(current_entry=new)
    for letter in Correspondence.objects.filter(object_id=new.object_id):
        reindex_after_commit(letter)


@receiver(entry_erased)
def forget_words(sender, entry, **kwargs):
    """Whoever's words are erased from the register is erased from the letter too."""
    operations.forget_words(entry.object_id)


def register():
    register_reader(reads_letter)
    register_reader(reads_tracked)
