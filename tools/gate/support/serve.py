# SPDX-License-Identifier: Apache-2.0
"""Run the WSGI application of one OpenStack API in one process, on 127.0.0.1.

    serve.py MODULE PORT [--tls-port PORT --cert FILE --key FILE] [--threads N] -- ARGUMENTS...

waitress takes uploads in chunks, as Glance needs, and has no master process. cheroot adds a second listener on the same
application where TLS is wanted, which waitress cannot do.
"""

import argparse
import importlib
import logging
import sys
import threading

import waitress


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('module')
    parser.add_argument('port', type=int)
    parser.add_argument('--threads', type=int, default=6)
    parser.add_argument('--tls-port', type=int)
    parser.add_argument('--cert')
    parser.add_argument('--key')
    end = sys.argv.index('--')
    args = parser.parse_args(sys.argv[1:end])
    # Some of the modules parse the command line themselves when they are imported.
    sys.argv = [args.module, *sys.argv[end + 1 :]]
    return args


def serve_tls(application, args):
    from cheroot import wsgi
    from cheroot.ssl.builtin import BuiltinSSLAdapter

    server = wsgi.Server(('127.0.0.1', args.tls_port), application, numthreads=args.threads)
    server.ssl_adapter = BuiltinSSLAdapter(args.cert, args.key)
    threading.Thread(target=server.safe_start, daemon=True).start()


def main():
    args = arguments()
    application = importlib.import_module(args.module).application
    if args.tls_port:
        serve_tls(application, args)
    logging.getLogger('waitress.queue').setLevel(logging.ERROR)
    waitress.serve(
        application,
        host='127.0.0.1',
        port=args.port,
        threads=args.threads,
        ident=None,
        channel_timeout=300,
        max_request_body_size=20 * 2**30,
    )


if __name__ == '__main__':
    main()
