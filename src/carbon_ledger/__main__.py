"""`python -m carbon_ledger`: the same as the command `carbon-ledger`."""

import sys

from carbon_ledger.command_line import main

if __name__ == "__main__":
    sys.exit(main())
