"""What search listens to, each inside the transaction of the change: so that no change is lost, nor told in vain."""

from django.db.models.signals import post_delete, post_save
from wagtail.models import Page
from wagtail.signals import page_published, page_unpublished

from core.files.signals import file_read
from core.indexing import changed
from core.users.signals import happened
from home.circulars.models import Theme
from search.operations import renew


def on_change(sender, objs, access, **kwargs):
    renew(*objs, access=access)


def on_happened(sender, event, obj, **kwargs):
    """Of people, posts, units and organisations: whoever is found in the directory may be another."""
    renew(obj, access=True)


def on_file(sender, file, **kwargs):
    """The same reader finds more by it: what it says is found wherever it hangs."""
    renew(file, access=False)


def on_page(sender, instance, **kwargs):
    renew(instance, access=True)


def on_theme(sender, instance, created, **kwargs):
    if not created:
        renew(instance, access=False)


def register():
    changed.connect(on_change, dispatch_uid="search.on_change")
    happened.connect(on_happened, dispatch_uid="search.on_happened")
    file_read.connect(on_file, dispatch_uid="search.on_file_read")
    page_published.connect(on_page, dispatch_uid="search.on_page_published")
    page_unpublished.connect(on_page, dispatch_uid="search.on_page_unpublished")
    post_delete.connect(on_page, sender=Page, dispatch_uid="search.on_page_deleted")
    post_save.connect(on_theme, sender=Theme, dispatch_uid="search.on_theme_saved")
