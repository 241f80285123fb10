# SPDX-License-Identifier: Apache-2.0
"""Drivers that stand in for hypervisor, agents and storage, behind the unchanged services."""
