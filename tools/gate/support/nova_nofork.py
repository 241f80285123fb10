# SPDX-License-Identifier: Apache-2.0
"""Run nova-conductor, nova-scheduler or nova-compute in one process each, and nova-compute with the gate's driver.

Each would have a master and a forked worker otherwise: twice the memory, for one worker. And nova-compute looks for its
driver under nova.virt only, so the gate's is put there before it looks.
"""

import importlib
import sys


def main():
    sys.argv = sys.argv[1:]
    name = sys.argv[0]
    command = importlib.import_module(f'nova.cmd.{name.removeprefix("nova-")}')
    from nova import service

    serve = service.serve
    service.serve = lambda server, **_: serve(server, workers=1, no_fork=True)
    if name == 'nova-compute':
        from oaktree_gate import nova_driver

        sys.modules['nova.virt.oaktree_gate'] = nova_driver
    command.main()


if __name__ == '__main__':
    main()
