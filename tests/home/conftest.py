import pytest

from home.setup import create_default_pages, create_sample_news


@pytest.fixture
def pages(organisation):
    """The pages an installation starts with, and two news items per language."""
    create_default_pages()
    create_sample_news()
