# SPDX-License-Identifier: Apache-2.0
"""A row for each kind of resource: shade's knowledge of how the services, and vendors, spell it.

Below the backends, which need some of them themselves, and used by any service that needs another's.
"""
