"""Checks files and folders: finds what there is to check, and has each kind checked in its way.

A folder is searched for everything that is recognised; what is not is counted, never passed over in
silence. A file that is named outright must be something that can be checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.offline.kinds import SUFFIXES, Kind, Recognised, recognise
from conformance.offline.remark import Remark, from_problem
from tapestry.catalogue import Catalogue
from tapestry.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking: the files that were, those that were not, and every remark."""

    files: tuple[str, ...]
    skipped: tuple[str, ...]
    remarks: tuple[Remark, ...]

    @property
    def exit_code(self) -> int:
        """Return the exit code: 2 unusable input, 1 a MUST broken, 5 nothing checked, else 0."""
        if any(remark.unusable for remark in self.remarks):
            return 2
        if any(remark.level == "MUST" for remark in self.remarks):
            return 1
        return 0 if self.files else 5


def check_paths(paths: Iterable[Path], catalogue: Catalogue) -> Checked:
    """Check every file in ``paths`` and below the folders among them.

    Raises :class:`Problem` for a path that does not exist, or a file that is nothing to check.
    """
    files: list[str] = []
    skipped: list[str] = []
    remarks: list[Remark] = []
    for file, named in _files(paths):
        try:
            found = recognise(file)
        except Problem as problem:
            files.append(str(file))
            remarks.append(from_problem(problem, str(file)))
            continue
        if found is not None:
            files.append(str(file))
            remarks += check_file(found, catalogue)
        elif named:
            raise _unknown(file)
        else:
            skipped.append(str(file))
    return Checked(tuple(files), tuple(skipped), tuple(remarks))


def check_file(found: Recognised, catalogue: Catalogue) -> list[Remark]:
    """Return every remark on one file."""
    file, document = str(found.file), found.document
    match found.kind:
        case Kind.CASSETTE:
            from conformance.offline.cassettes import check_cassette

            return check_cassette(found.file, catalogue)
        case Kind.PRINTED:
            from conformance.offline.printed import check_printed

            return check_printed(found.text, file, catalogue)
        case Kind.MESSAGE:
            from conformance.offline.messages import check_message

            assert document is not None
            return check_message(document.value, Place(file), catalogue)
        case Kind.OWN | Kind.SCHEMA:
            from conformance.offline.own_files import check_own_file

            return check_own_file(found)


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield each file once, and whether it was named outright."""
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise Problem("there is no such file or folder", where=Place(str(path)))
        named = path.is_file()
        for file in [path] if named else sorted(_below(path)):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file, named


def _below(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.name.endswith(SUFFIXES) and file.is_file() and not hidden:
            yield file


def _unknown(file: Path) -> Problem:
    return Problem(
        "this is nothing that can be checked",
        where=Place(str(file)),
        why="a cassette begins with 'tapestry: 1', a scenario has steps, a target has base_url, "
        "a schema has $schema, a printed sample has JSON or a request line in it",
        remedy="name a file of one of these kinds, or a folder to search for them",
    )
