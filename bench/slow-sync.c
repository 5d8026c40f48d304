/* Makes each sync take SYNC_US microseconds at least (4,000 if it is not set), so that a disk that is too fast stands for the
 * reference disk of the goals. Nothing is left out: the sync itself is made, too.
 *
 *     cc -O2 -shared -fPIC -o /tmp/slow-sync.so bench/slow-sync.c
 *     LD_PRELOAD=/tmp/slow-sync.so cargo run --release -p keyroom-bench-store -- DIR committer
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int slowly(long call, int file)
{
    const char *set = getenv("SYNC_US");
    long micros = set ? atol(set) : 4000;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += micros * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int result = (int)syscall(call, file);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0) {
    }
    return result;
}

int fsync(int file)
{
    return slowly(SYS_fsync, file);
}

int fdatasync(int file)
{
    return slowly(SYS_fdatasync, file);
}
