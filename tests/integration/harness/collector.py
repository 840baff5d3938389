"""Runs the built program as its users do: a configuration file, signals, an exit code, a log."""
import os
import re
import signal
import subprocess
import threading

from .wait import until

READY = 'Everything is ready. Begin running and processing data.'


class Collector:
    def __init__(self, binary, directory, config=None, args=(), workers=1, env=None,
                 wait_ready=True, prefix=(), metrics=False):
        """config: the text of a file, None for no --config at all; prefix: a command that becomes
        the one that follows it; metrics: its own are served, which is off as many run at a time."""
        command = [*prefix, binary]
        if config is not None:
            self.path = os.path.join(directory, f'config-{id(self):x}.yaml')
            with open(self.path, 'w', encoding='utf-8') as file:
                file.write(config)
            command += ['--config', self.path]
        runs = config is not None or (args and args[0].startswith('-') and '--config' in args)
        if runs and not metrics:
            command += ['--set', 'service.telemetry.metrics.level=none']
        if workers is not None:
            command += ['--workers', str(workers)]
        self.process = subprocess.Popen(
            command + list(args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**os.environ, **(env or {})}, cwd=directory)
        self.out, self.log = '', ''
        self._readers = [threading.Thread(target=self._read, args=(name, pipe), daemon=True)
                         for name, pipe in (('out', self.process.stdout),
                                            ('log', self.process.stderr))]
        for reader in self._readers:
            reader.start()
        if wait_ready:
            self.wait_log(re.escape(READY))

    def _read(self, name, pipe):
        for line in pipe:
            setattr(self, name, getattr(self, name) + line.decode(errors='replace'))

    def wait_log(self, pattern, timeout_s=20, count=1):
        """Waits until the log has so many matches; returns the last."""
        def find():
            matches = list(re.finditer(pattern, self.log, re.M))
            return matches[-1] if len(matches) >= count else None

        def look():
            return find() or self.process.poll() is not None
        until(look, timeout_s, lambda: f'no /{pattern}/ in the log:\n{self.log}')
        if find() is None:
            self.wait_exit()
        match = find()
        assert match, f'ended with {self.process.returncode}, no /{pattern}/ in:\n{self.log}'
        return match

    def addresses(self, where='receivers/otlp'):
        """Where a component listens: [("127.0.0.1", 43017)]."""
        lines = re.findall(rf'^.*\t{re.escape(where)}\tlistening on (.*)$', self.log, re.M)
        return [(host, int(port)) for line in lines
                for host, port in re.findall(r'([0-9.]+):(\d+)', line)]

    @property
    def address(self):
        """The first that it listens on; gRPC and HTTP are served on each."""
        return self.addresses()[0]

    def is_alive(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait_exit(self, timeout_s=20):
        """The exit code; log and out are complete then."""
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f'still running after {timeout_s} s:\n{self.log}') from None
        for reader in self._readers:
            reader.join(5)
        return code

    def stop(self, timeout_s=20):
        """An orderly end; returns the exit code."""
        assert self.is_alive(), f'ended by itself with {self.process.returncode}:\n{self.log}'
        self.signal(signal.SIGTERM)
        return self.wait_exit(timeout_s)

    def kill(self):
        if self.is_alive():
            self.process.kill()
        self.process.wait()

    def status(self, name):
        """A number of /proc/PID/status, in kB where it is memory: "VmRSS", "VmHWM", "Threads"."""
        with open(f'/proc/{self.process.pid}/status', encoding='ascii') as file:
            return int(re.search(rf'^{name}:\s+(\d+)', file.read(), re.M).group(1))

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.process.pid}/fd'))

    def cpu_ticks(self):
        with open(f'/proc/{self.process.pid}/stat', encoding='ascii') as file:
            fields = file.read().rpartition(')')[2].split()
        return int(fields[11]) + int(fields[12])
