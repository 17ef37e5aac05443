from django.db import migrations


def make(apps, schema_editor):
    """One group for each role; administrators may enter the Wagtail admin."""
    group = apps.get_model("auth", "Group")
    names = "reader agent clerk head signatory circular_editor circular_publisher trainer auditor administrator"
    for name in names.split():
        group.objects.get_or_create(name=name)
    permission = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="wagtailadmin", codename="access_admin"
    )
    group.objects.get(name="administrator").permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_places"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
