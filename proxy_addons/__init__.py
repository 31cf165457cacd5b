"""Tapestry's addons for mitmproxy: each watches or steers real traffic in one way.

They are thin. What a tape is, what must be redacted and what a message means is decided in
``tapestry``; this room only translates between mitmproxy's flows and Tapestry's values.
"""
