"""File systems and clocks that are odd, by a library that is loaded before that of C."""

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define IS_LOCK(c) ((c) == F_SETLK || (c) == F_SETLKW || (c) == F_OFD_SETLK || (c) == F_OFD_SETLKW)
#define FCNTL(name) int name(int file, int command, ...) { \
    va_list more; va_start(more, command); void *argument = va_arg(more, void *); va_end(more); \
    if (IS_LOCK(command)) return answer(); \
    static int (*original)(int, int, ...); \
    if (!original) original = dlsym(RTLD_NEXT, #name); \
    return original(file, command, argument); }

static int answer(void) { errno = ERROR; return ERROR ? -1 : 0; }
int flock(int file, int operation) { return answer(); }
FCNTL(fcntl)
FCNTL(fcntl64)

/* The seconds by which the clock is wrong of the node that this process is on, which dates the files it finishes. */
static time_t shift(void) {
    static int known; static time_t seconds;
    if (!known) {
        char command[4096] = ""; FILE *file = fopen("/proc/self/cmdline", "r"); known = 1;
        if (file) {
            size_t length = fread(command, 1, sizeof command - 1, file); fclose(file);
            for (size_t i = 0; i < length; i++) if (!command[i]) command[i] = ' ';
        }
        if (strstr(command, "steps.compute_flow") || strstr(command, "steps.train_stream")) seconds = SHIFT;
        if (strstr(command, "steps.extract_frames") || strstr(command, "steps.fuse ")) seconds = -SHIFT;
    }
    return seconds;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*original)(clockid_t, struct timespec *);
    if (!original) original = dlsym(RTLD_NEXT, "clock_gettime");
    int result = original(clock, now);
    if (!result && clock == CLOCK_REALTIME) now->tv_sec += shift();
    return result;
}
int rename(const char *from, const char *to) {
    static int (*original)(const char *, const char *);
    if (!original) original = dlsym(RTLD_NEXT, "rename");
    int result = original(from, to);
    if (!result && shift()) {
        struct timespec times[2]; clock_gettime(CLOCK_REALTIME, times); times[1] = times[0];
        utimensat(AT_FDCWD, to, times, 0);
    }
    return result;
}
"""


def library(folder: Path, error: str = "0", shift: int = 0) -> Path:
    """Return a library with which locks give `error`, `0` for none that reach others, and some nodes' clocks are wrong.

    The clock of the node that computes flow and trains is `shift` seconds ahead, that of the one that extracts frames
    and fuses as many behind. The test is skipped where no compiler is.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler is installed, which makes the library")
    made = folder / "odd.so"
    source = made.with_suffix(".c")
    source.write_text(SOURCE)
    options = ["-shared", "-fPIC", f"-DERROR={error}", f"-DSHIFT={shift}"]
    subprocess.run([compiler, *options, "-o", made, source, "-ldl"], check=True)
    return made
