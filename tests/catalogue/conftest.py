from __future__ import annotations

import pytest

from tapestry.catalogue import Catalogue, catalogue


@pytest.fixture(scope="session")
def known() -> Catalogue:
    return catalogue()
