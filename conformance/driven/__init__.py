"""Turns a cassette into a scenario: its client side is driven, its server side expected.

What a desktop once did against one server can so be tried on another, or on the next version of the
same. Nothing here runs anything: the result is an ordinary scenario, acted out like any other.
"""
