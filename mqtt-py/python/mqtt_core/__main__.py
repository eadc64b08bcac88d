"""`python -m mqtt_core`: the command `mqc`."""

import sys

from mqtt_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
