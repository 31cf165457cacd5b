"""What was recorded: the values of a tape, the file that holds them, and what may stand in it.

A cassette is a text file of wire facts in order of completion. This room reads and writes it, keeps
it safe while a recording runs, and takes secrets and personal data out before anything reaches
disk. It knows nothing of Bayeux servers, players or verdicts.
"""
