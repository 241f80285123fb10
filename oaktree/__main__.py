# SPDX-License-Identifier: Apache-2.0
from oaktree.cli import main

main()
