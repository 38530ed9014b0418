/* bound.c - limits of this process, and two signals. */
#include "os/bound.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CPU_GRACE_S = 2 };

/* Kept ready, because when time is over there is none to write it. */
static char last_word[BOUND_WORD_BYTES];
static volatile sig_atomic_t last_bytes;

static void say_over(int signal_number)
{
    (void)signal_number;
    (void)!write(STDOUT_FILENO, last_word, (size_t)last_bytes);
    _exit(0);
}

static void limit(int what, int64_t most)
{
    struct rlimit bound = {(rlim_t)most, (rlim_t)most};
    (void)setrlimit((__rlimit_resource_t)what, &bound);
}

void bound_process(const struct bound *bound)
{
    struct rlimit cpu = {(rlim_t)bound->cpu_s, (rlim_t)bound->cpu_s + CPU_GRACE_S};
    (void)setrlimit(RLIMIT_CPU, &cpu);
    (void)alarm((unsigned)bound->clock_s);
    limit(RLIMIT_FSIZE, bound->file_bytes);
    limit(RLIMIT_NOFILE, bound->open_files);
    limit(RLIMIT_CORE, 0);
#ifndef __SANITIZE_ADDRESS__
    limit(RLIMIT_AS, bound->memory_bytes);
#endif
}

void bound_last_word(const char *word)
{
    size_t n = strnlen(word, BOUND_WORD_BYTES);
    last_bytes = 0;
    memcpy(last_word, word, n);
    last_bytes = (sig_atomic_t)n;
    (void)signal(SIGXCPU, say_over);
    (void)signal(SIGALRM, say_over);
}

void bound_done(void)
{
    (void)signal(SIGXCPU, SIG_IGN);
    (void)signal(SIGALRM, SIG_DFL);
}
