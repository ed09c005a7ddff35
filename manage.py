#!/usr/bin/env python3
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line is for those who have an older one
    sys.exit("PERPTools needs Python 3.11 or newer; this is Python {}.{}.".format(*sys.version_info))

from perptools import bootstrap

if __name__ == "__main__":
    bootstrap.run(sys.argv)
