"""What of the documented API was exercised, and what was not: counted, never guessed.

Traffic comes in (from scenarios that are acted out, or from cassettes), and everything that the
catalogue lists is said to be covered, covered only positively, missing, or ineligible, and why.
"""
