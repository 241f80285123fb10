# SPDX-License-Identifier: Apache-2.0
"""Sphinx reads this. Nothing here needs the network, or oaktree itself."""

import importlib.metadata
import pathlib
import sys

project = 'oaktree'
project_copyright = 'the oaktree authors'
try:
    release = importlib.metadata.version('oaktree')
except importlib.metadata.PackageNotFoundError:
    release = 'of this checkout'
version = release

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / 'ext'))
extensions = ['reference']
nitpicky = True
html_theme = 'alabaster'
html_theme_options = {'description': 'A gRPC porcelain for OpenStack clouds', 'page_width': '70em'}
html_show_sourcelink = False
