"""What an installation needs for circulars beside its tables. Run again, it adds what is missing."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from wagtail.models import Workflow, WorkflowContentType, WorkflowTask

from core.organisations.enums import Role
from home.circulars.models import Circular, FourEyesTask

# One name for readers of both languages: names of workflows are rows, not sentences of ours.
REVIEW = "المصادقة على المناشير · Approbation des circulaires"

_OURS = Q(content_type__app_label="circulars")
_KEEP = Q(codename__startswith="delete_")  # nothing is deleted
_ACCESS = Q(content_type__app_label="wagtailadmin", codename="access_admin")
RIGHTS = {
    Role.CIRCULAR_EDITOR: _ACCESS | _OURS & (Q(codename__startswith="add_") | Q(codename__startswith="change_")),
    Role.CIRCULAR_PUBLISHER: _ACCESS
    | _OURS
    & (Q(codename__startswith="change_") | Q(codename__startswith="publish_") | Q(codename__startswith="lock_")),
}


def let_editors_write() -> None:
    """Circular editors write circulars, publishers approve them, both in Wagtail's administration."""
    for role, rights in RIGHTS.items():
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.add(*Permission.objects.filter(rights).exclude(_OURS & _KEEP))
    _let_a_second_person_approve()


def _let_a_second_person_approve():
    kind = ContentType.objects.get_for_model(Circular)
    if WorkflowContentType.objects.filter(content_type=kind).exists():
        return
    workflow = Workflow.objects.create(name=REVIEW)
    WorkflowTask.objects.create(workflow=workflow, task=FourEyesTask.objects.create(name=REVIEW))
    WorkflowContentType.objects.create(workflow=workflow, content_type=kind)
