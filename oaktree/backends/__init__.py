# SPDX-License-Identifier: Apache-2.0
"""One interface in and out, a behaviour to each file. ``server.py`` stacks them."""
