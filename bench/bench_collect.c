/* bench_collect.c - 100,000 series every second: `reeve collect` beside Debian's Prometheus.
 *
 * All scrape the same server side by side, every second; its counters move at every scrape. After a
 * warm-up come rounds; a round's measure is the process's CPU time by the number of answers that
 * the server has given it in the round. Memory is the PSS at the end of each round.
 * Use: bench_collect REEVE [rounds [seconds]]  (compares when /usr/bin/prometheus is there) */
#include "telemetry/collector_spec.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SERIES = 100000,
    VALUE_DIGITS = 10,
    WARM_UP_S = 15,
    ROUNDS = 9,
    ROUND_S = 10,
    ROUNDS_MAX = 100,
    PAGE_BYTES = 32 * 1024 * 1024,
    SCRAPERS = 4
};

struct scraper {
    const char *name;
    pid_t pid;
    size_t metrics; /* Reeve: bound to signals, of 1,000 series each */
    double cpu_s;   /* at the beginning of the round */
    long answers;
    double costs[ROUNDS_MAX], memory[ROUNDS_MAX];
};

/* Benchmarks talk to the network; never as root. */
static void leave_root(void)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        _exit(1);
}

struct page {
    char *bytes;
    size_t n;
    size_t *values; /* where each series' digits begin */
};

/* 100 metrics of 1,000 series, with labels as applications have them. */
static struct page make_page(void)
{
    struct page page = {.bytes = malloc(PAGE_BYTES), .values = calloc(SERIES, sizeof(size_t))};
    if (!page.bytes || !page.values)
        abort();
    for (size_t i = 0; i < SERIES; i++) {
        if (i % 1000 == 0)
            page.n += (size_t)snprintf(page.bytes + page.n, PAGE_BYTES - page.n,
                                       "# TYPE bench_%zu_total counter\n", i / 1000);
        page.n += (size_t)snprintf(page.bytes + page.n, PAGE_BYTES - page.n,
                                   "bench_%zu_total{method=\"GET\",path=\"/api/v1/things/%zu\","
                                   "status=\"%d\"} ",
                                   i / 1000, i % 1000, i % 20 == 0 ? 500 : 200);
        page.values[i] = page.n;
        page.n += (size_t)snprintf(page.bytes + page.n, PAGE_BYTES - page.n, "1000000000\n");
    }
    return page;
}

static void move_counters(struct page *page)
{
    for (size_t i = 0; i < SERIES; i++) {
        char *last = page->bytes + page->values[i] + VALUE_DIGITS - 1;
        while (*last == '9')
            *last-- = '0';
        (*last)++;
    }
}

static bool send_page(int connection, const struct page *page)
{
    char head[256];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
                     "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                     page->n);
    bool good = write(connection, head, (size_t)n) == n;
    for (size_t at = 0; good && at < page->n;) {
        ssize_t sent = write(connection, page->bytes + at, page->n - at);
        good = sent > 0;
        at += good ? (size_t)sent : 0;
    }
    return good;
}

/* "GET /2 …" is a scrape by the third; answers counts them. */
static _Noreturn void serve(int listener, volatile long *answers)
{
    leave_root();
    (void)signal(SIGPIPE, SIG_IGN);
    struct page page = make_page();
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        char text[4096] = {0};
        if (connection >= 0 && read(connection, text, sizeof text - 1) > 5 && text[5] >= '0' &&
            text[5] < '0' + SCRAPERS) {
            move_counters(&page);
            if (send_page(connection, &page))
                answers[text[5] - '0']++;
        }
        (void)close(connection);
    }
}

static pid_t start_server(int *out_port, volatile long *answers)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        abort();
    *out_port = ntohs(address.sin_port);
    pid_t pid = fork();
    if (pid == 0)
        serve(listener, answers);
    (void)close(listener);
    return pid;
}

/* Of all its threads, ended ones too. */
static double cpu_s(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static double pss_mb(pid_t pid)
{
    char path[64];
    char line[256];
    (void)snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "re");
    long kb = 0;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %ld", &kb) == 1)
            break;
    if (file)
        (void)fclose(file);
    return (double)kb / 1024;
}

/* Reads away what a collector says, until it ends. */
static void start_reader(int fd)
{
    if (fork() != 0)
        return;
    char bytes[65536];
    leave_root();
    while (read(fd, bytes, sizeof bytes) > 0)
        continue;
    _exit(0);
}

/* As the core starts it: one socket for orders and readings, a folder for the history. */
static void start_collector(struct scraper *scraper, int reeve, const char *folder, int number,
                            int port)
{
    struct arena arena;
    arena_init(&arena);
    int fds[2];
    struct str history = str_printf(&arena, "%s/history-%d", folder, number);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0 ||
        mkdir(history.p, 0777) != 0 || chmod(history.p, 0777) != 0)
        abort();
    scraper->pid = fork();
    if (scraper->pid == 0) {
        char *const argv[] = {"reeve", "collect", NULL};
        char *const no_environment[] = {NULL};
        leave_root();
        if (dup2(fds[1], 0) < 0 || dup2(fds[1], 1) < 0)
            _exit(1);
        (void)fexecve(reeve, argv, no_environment);
        _exit(1);
    }
    (void)close(fds[1]);
    struct collector_target target = {
        STR("bench"), str_printf(&arena, "http://127.0.0.1:%d/%d", port, number), 1000, false};
    struct collector_spec spec = {.history_dir = history, .targets = &target, .target_count = 1};
    signals_init(&spec.signals, &arena);
    for (size_t i = 0; i < scraper->metrics; i++) {
        struct signal_option options[2] = {
            {STR("failures"), str_printf(&arena, "bench_%zu_total{status=~\"5..\"}", i)},
            {STR("of"), str_printf(&arena, "bench_%zu_total", i)}};
        struct err err;
        if (!signal_bind(&spec.signals, str_printf(&arena, "bench %zu", i), options, 2, &err))
            abort();
    }
    struct str line = collector_spec_write(&arena, &spec);
    if (write(fds[0], line.p, line.n) != (ssize_t)line.n)
        abort();
    start_reader(fds[0]);
    arena_done(&arena); /* fds[0] stays open: its end would end the collector */
}

static void start_prometheus(struct scraper *scraper, const char *folder, int number, int port)
{
    char path[128];
    char config[160];
    char storage[160];
    (void)snprintf(path, sizeof path, "%s/prometheus.yml", folder);
    (void)snprintf(config, sizeof config, "--config.file=%s", path);
    (void)snprintf(storage, sizeof storage, "--storage.tsdb.path=%s/data", folder);
    FILE *file = fopen(path, "we");
    if (!file)
        abort();
    (void)fprintf(file,
                  "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                  "scrape_configs: [{job_name: bench, metrics_path: /%d, "
                  "static_configs: [{targets: ['127.0.0.1:%d']}]}]\n",
                  number, port);
    (void)fclose(file);
    scraper->pid = fork();
    if (scraper->pid == 0) {
        leave_root();
        (void)!freopen("/dev/null", "w", stderr);
        (void)execl("/usr/bin/prometheus", "prometheus", config, storage,
                    "--web.listen-address=127.0.0.1:0", (char *)NULL);
        _exit(1);
    }
}

static void measure(struct scraper *scraper, volatile long *answers, int round)
{
    double used_s = cpu_s(scraper->pid);
    long answered = *answers;
    if (round >= 0 && answered > scraper->answers) {
        scraper->costs[round] =
            (used_s - scraper->cpu_s) / ((double)(answered - scraper->answers) * SERIES / 1e6);
        scraper->memory[round] = pss_mb(scraper->pid);
    } else if (round >= 0) {
        (void)fprintf(stderr, "%s had no answer in a round\n", scraper->name);
        exit(1);
    }
    scraper->cpu_s = used_s;
    scraper->answers = answered;
}

static int by_size(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return *left < *right ? -1 : *left > *right;
}

static void print_spread(const char *name, double values[], int count)
{
    qsort(values, (size_t)count, sizeof *values, by_size);
    (void)printf("%s %7.3f (%.3f to %.3f)", name, values[count / 2], values[0], values[count - 1]);
}

static void print(struct scraper *scraper, const struct scraper *peer, int rounds)
{
    double times[ROUNDS_MAX];
    double sizes[ROUNDS_MAX];
    for (int i = 0; peer && i < rounds; i++) {
        times[i] = scraper->costs[i] / peer->costs[i];
        sizes[i] = scraper->memory[i] / peer->memory[i];
    }
    (void)printf("%s\n", scraper->name);
    print_spread("  CPU s per million samples", scraper->costs, rounds);
    print_spread("\n  MB PSS                   ", scraper->memory, rounds);
    if (peer) {
        print_spread("\n  time beside Prometheus   ", times, rounds);
        print_spread("\n  memory beside Prometheus ", sizes, rounds);
    }
    (void)printf("\n");
}

static void run(struct scraper scrapers[SCRAPERS], int reeve, int rounds, int round_s)
{
    volatile long *answers = mmap(NULL, SCRAPERS * sizeof *answers, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char folder[] = "/tmp/bench-prometheus-XXXXXX";
    if (answers == MAP_FAILED || !mkdtemp(folder) || chmod(folder, 0777) != 0)
        abort();
    int port;
    pid_t server = start_server(&port, answers);
    int count = access("/usr/bin/prometheus", X_OK) == 0 ? SCRAPERS : SCRAPERS - 1;
    for (int i = 0; i < SCRAPERS - 1; i++)
        start_collector(&scrapers[i], reeve, folder, i, port);
    if (count == SCRAPERS)
        start_prometheus(&scrapers[SCRAPERS - 1], folder, SCRAPERS - 1, port);
    else
        (void)printf("Prometheus is not installed: no comparison\n");
    (void)sleep(WARM_UP_S);
    for (int round = -1; round < rounds; round++) {
        if (round >= 0)
            (void)sleep((unsigned)round_s);
        for (int i = 0; i < count; i++)
            measure(&scrapers[i], &answers[i], round);
    }
    for (int i = 0; i < count; i++) {
        (void)kill(scrapers[i].pid, SIGTERM);
        (void)waitpid(scrapers[i].pid, NULL, 0);
    }
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
    char command[160];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    (void)!system(command);
    for (int i = 0; i < SCRAPERS - 1; i++)
        print(&scrapers[i], count == SCRAPERS ? &scrapers[SCRAPERS - 1] : NULL, rounds);
    if (count == SCRAPERS)
        print(&scrapers[SCRAPERS - 1], NULL, rounds);
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : ROUNDS;
    int round_s = argc > 3 ? atoi(argv[3]) : ROUND_S;
    int reeve = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    if (reeve < 0 || rounds < 1 || rounds > ROUNDS_MAX || round_s < 1) {
        (void)fprintf(stderr, "use: bench_collect REEVE [rounds [seconds]]\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    struct scraper scrapers[SCRAPERS] = {{.name = "reeve collect, the built-in signals"},
                                         {.name = "reeve collect, 1,000 in use", .metrics = 1},
                                         {.name = "reeve collect, 100,000 in use", .metrics = 100},
                                         {.name = "Prometheus, stores all 100,000"}};
    (void)printf("%d series every second, side by side, %d rounds of %d s: "
                 "median (lowest to highest)\n",
                 SERIES, rounds, round_s);
    run(scrapers, reeve, rounds, round_s);
    return 0;
}
