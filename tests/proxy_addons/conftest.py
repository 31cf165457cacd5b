import pytest

from tapestry.serving import serving
from tests.proxy_addons.upstream import Server


@pytest.fixture
def app():
    return Server()


@pytest.fixture
def upstream(app):
    with serving(app) as url:
        yield url
