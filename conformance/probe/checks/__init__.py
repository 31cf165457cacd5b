"""The checks of a client: of each message it sends, of what it does on advice, of what it bears."""
