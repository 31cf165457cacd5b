"""The reference implementation: a small contact centre that keeps the documented contract.

It exists to be right where the documents are vague and to be wrong on purpose where a check must
prove that it can fail (:mod:`conformance.reference.variants`). It is what ``tapestry demo`` and
``tapestry verify`` use when there is no server to talk to.

``api`` and everything below it are pure; ``app`` adds HTTP, CometD and time.
"""
