"""What lower floors ask of correspondence: who may read a file that belongs to a letter."""

from core.files.permissions import register_reader
from eservices.correspondence.models import Attachment, WorkItem
from eservices.correspondence.tracking import reads_tracked


def reads_letter(user, file, scope):
    """Whether `file` is attached to a letter whose item, or the item it answers, `user` may see."""
    letters = Attachment.objects.filter(file=file).values_list("correspondence", "correspondence__reply_to")
    keys = {key for pair in letters for key in pair if key}
    return WorkItem.objects.visible_to(user).filter(correspondence__in=keys).exists()


def register():
    register_reader(reads_letter)
    register_reader(reads_tracked)
