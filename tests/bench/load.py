"""The load of the measurements: request bodies of make_request, sent by h2load."""
import collections
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'integration'))

from harness import otlp  # noqa: E402

# form: of make_request; requests: how many are sent, and how many of them where it shall be short;
# at_once: how many of them on each of four connections; disk: with sending_queue.storage
Load = collections.namedtuple('Load', 'name form tls spans requests short at_once disk',
                              defaults=(10, False))

# How h2load sends a form: more arguments, the path.
GRPC = (['-H', 'content-type: application/grpc', '-H', 'te: trailers'], otlp.EXPORT)
GZIP = (['-H', 'grpc-encoding: gzip', *GRPC[0]], otlp.EXPORT)
PROTOBUF = (['--h1', '-H', 'content-type: application/x-protobuf'], '/v1/traces')
JSON = (['--h1', '-H', 'content-type: application/json'], '/v1/traces')
WAYS = {'grpc': GRPC, 'grpc-gzip': GZIP, 'protobuf': PROTOBUF, 'json': JSON}


def make_body(load, directory):
    """Writes the body of one request; its path."""
    path = os.path.join(directory, 'body')
    with open(path, 'wb') as file:
        subprocess.run([os.path.join(HERE, 'make_request'), str(load.spans), load.form], check=True,
                       stdout=file)
    return path


def h2load(load, address, body, requests, grpc_ok_bytes=5):
    """Puts the load on; (seconds, good answers). Where CPUs are few, the load shall be what waits.

    grpc_ok_bytes: DATA of a good answer: the framing of an empty message; a refusal has none.
    """
    arguments, path = WAYS[load.form]
    url = f'{"https" if load.tls else "http"}://{address[0]}:{address[1]}{path}'
    command = ['nice', '-n', '10', 'h2load', '-n', str(requests), '-c', '4', '-m',
               str(load.at_once), '-d', body, *arguments, url]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()
    time = re.search(r'^finished in ([\d.]+)(us|ms|s|m)\b', output, re.M)
    data = re.search(r'^traffic: .*\((\d+)\) data$', output, re.M)
    good = re.search(r'^status codes: (\d+) 2xx', output, re.M)
    if not time or not data or not good:
        sys.exit(f'h2load said:\n{output}')
    seconds = float(time.group(1)) * {'us': 1e-6, 'ms': 1e-3, 's': 1, 'm': 60}[time.group(2)]
    if path == otlp.EXPORT:
        return seconds, int(data.group(1)) // grpc_ok_bytes
    return seconds, int(good.group(1))
