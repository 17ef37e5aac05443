import factory
from factory.django import DjangoModelFactory

from core.users.models import User

PASSWORD = "Rabat-1956-Diwan"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.ma")
    first_name = "Driss"
    last_name = factory.Sequence(lambda n: f"Alaoui {n}")
    name_ar = factory.Sequence(lambda n: f"إدريس العلوي {n}")
    password = factory.django.Password(PASSWORD)
