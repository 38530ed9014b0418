/* bench_used.c - runs a command with its output thrown away and says on stdout what it used:
 * seconds of the processor (program and kernel), seconds on the wall, peak memory in kB, exit code.
 *
 * A program of its own because a child's peak begins with that of who started it.
 * Usage: bench-used COMMAND [WORD…] */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double seconds_now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void run(char **command)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere >= 0 && dup2(nowhere, STDIN_FILENO) >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0)
        (void)execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

int main(int argc, char **argv)
{
    struct rusage usage = {0};
    int status = 0;
    double begun = seconds_now();
    pid_t child = argc > 1 ? fork() : -1;
    if (child == 0)
        run(argv + 1);
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        (void)fprintf(stderr, "usage: bench-used COMMAND [WORD...]\n");
        return 2;
    }
    (void)printf("%.6f %.6f %ld %d\n", seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
                 seconds_now() - begun, usage.ru_maxrss,
                 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
