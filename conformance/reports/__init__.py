"""Reports: pure functions from the values of a run, or of a diff, to the text of one format.

Nothing here runs, judges or reads anything, so a new format needs no change elsewhere, and each
reporter is tested on the very bytes it writes.
"""
