"""The catalogue: what the documents say of an API, loaded from ``schemas/`` and asked questions.

Operations, message types, identifiers, requirements and contradictions are data that a person
reads; this room turns them into answers: which operation is this request, does this answer have the
documented form, which sentence of which page does it break. It knows of no tape and no server.
"""

from tapestry.catalogue.catalogue import Catalogue, catalogue
from tapestry.catalogue.violation import Violation

__all__ = ["Catalogue", "Violation", "catalogue"]
