# SPDX-License-Identifier: Apache-2.0
"""The ``oaktree`` command: every call of the API, by the names that the openstack command has."""
