"""One thread for kernels."""

from __future__ import annotations

from threading import Event, Thread

from kedro_faucet.nodes.forecast.threads import one_thread


def test_threads_do_not_take_the_limit_from_each_other() -> None:
    """The limit is the process's, so a thread comes in when the one before has lifted its own."""
    inside, come = Event(), Event()
    seen: list[str] = []

    def first() -> None:
        with one_thread():
            inside.set()
            come.wait(0.3)
            seen.append("first leaves")

    def second() -> None:
        inside.wait()
        with one_thread():
            seen.append("second comes")
            come.set()

    threads = [Thread(target=each) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["first leaves", "second comes"]
