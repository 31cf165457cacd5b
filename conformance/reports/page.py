"""Renders HTML pages from the templates beside this file, with everything escaped.

A report shows what a foreign server said, so no value may ever become markup: Jinja2 escapes by
default here and no template switches it off. Pages are one offline file, style included.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2


def render_page(template: str, **values: Any) -> str:
    """Return the page ``template`` (a file name) filled with ``values``."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # imported here: only a verb that writes a page should pay for it

    from conformance.reports.shorten import short

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("conformance.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["short"] = short
    return environment
