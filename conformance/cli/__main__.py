"""Lets ``python -m conformance.cli`` stand for the ``tapestry`` command."""

import sys

from conformance.cli import main

sys.exit(main())
