"""``python -m sim`` is the same as ``gtm``."""

import sys

from sim.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
