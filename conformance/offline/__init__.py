"""What can be judged with no server at all: cassettes, printed samples and files of our own types.

A recording tells whether desktop and server kept to the documents; a scenario with a typing error
should be found before a run. Each kind of file has its checker here, all of them end in remarks,
and the reports are functions of the remarks.
"""
