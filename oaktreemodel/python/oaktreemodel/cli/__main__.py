# SPDX-License-Identifier: Apache-2.0
from oaktreemodel.cli.main import main

main()
