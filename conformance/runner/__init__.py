"""Acts scenarios out against a live target and says what came of it.

What happens is emitted as events (:mod:`conformance.runner.events`); what it amounts to is decided
in pure modules (inbox, expectation, ledger), so that the judging can be tested without a target.
"""
