"""Looks for secrets and personal data in what is about to be shared: cassettes, reports, dumps.

It is written independently of the redaction rules and shares no table with them: it goes by the
shape of values, by well-known formats, check digits and letter statistics. What redaction forgets
has then a second chance to be noticed, before it ends in a repository.
"""
