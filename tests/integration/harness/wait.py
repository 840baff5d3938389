"""Waiting for a state, with a deadline that only a failure reaches."""
import time


def until(condition, timeout_s=20, what='the state did not come'):
    """Returns what the condition gives as soon as that is true."""
    deadline = time.monotonic() + timeout_s
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(what() if callable(what) else what)
        time.sleep(0.005)
    return result
