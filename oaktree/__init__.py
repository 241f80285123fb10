# SPDX-License-Identifier: Apache-2.0
"""oaktree: a gRPC porcelain for any number of OpenStack clouds."""
