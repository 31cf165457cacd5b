from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tapestry import shipped
from tapestry.catalogue import Catalogue, catalogue
from tapestry.catalogue.schemas import Schemas
from tapestry.problems import Problem


def test_the_shipped_catalogue_is_loaded_once() -> None:
    assert catalogue() is catalogue()
    assert catalogue().folder == shipped.schemas()


def test_importing_and_loading_cost_no_schema_library() -> None:
    script = (
        "import sys; from tapestry.catalogue import catalogue; c = catalogue();"
        "c.recognise('GET', '/api/v2/me', None); c.identifier_kind('userUri'); c.anomalies;"
        "print('jsonschema' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "a table is a mapping"),
        ("{base: /x}", "'dispatch' is missing"),
        (
            "base: /api\n"
            "dispatch: {member: m, requirement: r}\n"
            "answers: {member: s, success: 0, codes: {}, otherwise: e.yaml}\n"
            "operations:\n"
            "  - {name: A, method: GET, path: /a}\n"
            "  - {}\n",
            "'api' is missing",
        ),
        (
            "base: /api\n"
            "dispatch: {member: m, requirement: r}\n"
            "answers: {member: s, success: 0, codes: {}, otherwise: e.yaml}\n"
            "operations: 7\n",
            "not iterable",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_told_at_its_place(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "operations.yaml").write_text(text)
    with pytest.raises(Problem, match=words) as raised:
        Catalogue.load(tmp_path)
    assert raised.value.where is not None
    assert raised.value.where.line is not None


def test_the_place_of_a_faulty_row_is_the_rows_own(tmp_path: Path) -> None:
    (tmp_path / "operations.yaml").write_text(
        "base: /api\n"
        "dispatch: {member: m, requirement: r}\n"
        "answers: {member: s, success: 0, codes: {}, otherwise: e.yaml}\n"
        "operations:\n"
        "  - name: A\n"
    )
    with pytest.raises(Problem) as raised:
        Catalogue.load(tmp_path)
    assert raised.value.where is not None
    assert raised.value.where.line == 5


def test_a_schema_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no schema 'a\.yaml'"):
        Schemas(tmp_path).content("a.yaml")


def test_no_schema_outside_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("{}")
    (tmp_path / "schemas").mkdir()
    with pytest.raises(Problem, match="no schema"):
        Schemas(tmp_path / "schemas").content("../secret.yaml")


def test_a_reference_to_elsewhere_is_never_fetched(tmp_path: Path) -> None:
    from referencing.exceptions import Unresolvable

    (tmp_path / "a.yaml").write_text("{$ref: 'http://127.0.0.1:9/x.yaml'}")
    with pytest.raises(Unresolvable):
        Schemas(tmp_path).errors("a.yaml", 1)


def test_a_validator_is_built_once(known: Catalogue) -> None:
    schemas = known.schemas
    assert schemas.validator("email/email.yaml") is schemas.validator("email/email.yaml")


def test_pages_are_known_by_name(known: Catalogue) -> None:
    assert known.pages["accept"].title == "Email API, Accept"
