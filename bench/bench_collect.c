/* bench_collect.c - 100,000 series scraped every second: the collector beside Debian's Prometheus.
 *
 * One server gives the same page to both, its counters moving at every scrape. Measured are the CPU
 * time and memory of the scraper's process, from /proc, after a warm-up.
 * Use: bench_collect [seconds]  (needs /usr/bin/prometheus for the comparison) */
#include "collect/collect.h"
#include "telemetry/collector_spec.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SERIES = 100000, VALUE_DIGITS = 10, WARM_UP_S = 10, PAGE_BYTES = 32 * 1024 * 1024 };

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

static _Noreturn void serve(int listener)
{
    leave_root();
    (void)signal(SIGPIPE, SIG_IGN);
    struct page page = make_page();
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        char text[4096];
        if (connection < 0 || read(connection, text, sizeof text) <= 0) {
            (void)close(connection);
            continue;
        }
        move_counters(&page);
        int n = snprintf(text, sizeof text,
                         "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
                         "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                         page.n);
        bool good = write(connection, text, (size_t)n) == n;
        for (size_t at = 0; good && at < page.n;) {
            ssize_t sent = write(connection, page.bytes + at, page.n - at);
            good = sent > 0;
            at += good ? (size_t)sent : 0;
        }
        (void)close(connection);
    }
}

static pid_t start_server(int *out_port)
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
        serve(listener);
    (void)close(listener);
    return pid;
}

static double cpu_s(pid_t pid)
{
    char path[64];
    char line[1024] = {0};
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    bool read_it = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    unsigned long user = 0;
    unsigned long system = 0;
    const char *rest = strrchr(line, ')');
    if (!read_it || !rest ||
        sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
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

static void measure(const char *name, pid_t pid, int seconds)
{
    (void)sleep(WARM_UP_S);
    double before = cpu_s(pid);
    (void)sleep((unsigned)seconds);
    double used = cpu_s(pid) - before;
    (void)printf("%-34s %8.3f CPU s per million samples   %7.1f MB PSS\n", name,
                 used / ((double)SERIES * seconds / 1e6), pss_mb(pid));
    (void)fflush(stdout);
}

/* selects: a share of the series is wanted, by a selector per metric. */
static void run_collector(const char *name, int port, int seconds, size_t metrics)
{
    struct arena arena;
    arena_init(&arena);
    int in[2];
    int out[2];
    if (pipe(in) != 0 || pipe(out) != 0)
        abort();
    pid_t pid = fork();
    if (pid == 0) {
        leave_root();
        (void)close(in[1]);
        (void)close(out[0]);
        _exit(collect_main(in[0], out[1]));
    }
    pid_t reader = fork();
    if (reader == 0) {
        char bytes[65536];
        (void)close(in[1]);
        (void)close(out[1]);
        while (read(out[0], bytes, sizeof bytes) > 0)
            continue;
        _exit(0);
    }
    (void)close(out[0]);
    (void)close(out[1]);
    struct collector_target target = {
        STR("bench"), str_printf(&arena, "http://127.0.0.1:%d/metrics", port), 1000};
    struct collector_spec spec = {.history_dir = STR(""), .targets = &target, .target_count = 1};
    signals_init(&spec.signals, &arena);
    for (size_t i = 0; i < metrics; i++) {
        struct signal_option options[2] = {
            {STR("failures"), str_printf(&arena, "bench_%zu_total{status=~\"5..\"}", i)},
            {STR("of"), str_printf(&arena, "bench_%zu_total", i)}};
        struct err err;
        if (!signal_bind(&spec.signals, str_printf(&arena, "bench %zu", i), options, 2, &err))
            abort();
    }
    struct str line = collector_spec_write(&arena, &spec);
    if (write(in[1], line.p, line.n) != (ssize_t)line.n)
        abort();
    measure(name, pid, seconds);
    (void)close(in[0]);
    (void)close(in[1]);
    (void)waitpid(pid, NULL, 0);
    (void)waitpid(reader, NULL, 0);
    arena_done(&arena);
}

static void run_prometheus(int port, int seconds)
{
    if (access("/usr/bin/prometheus", X_OK) != 0) {
        (void)printf("Prometheus is not installed: no comparison\n");
        return;
    }
    char folder[] = "/tmp/bench-prometheus-XXXXXX";
    if (!mkdtemp(folder) || chmod(folder, 0777) != 0)
        abort();
    char path[128];
    (void)snprintf(path, sizeof path, "%s/prometheus.yml", folder);
    FILE *file = fopen(path, "we");
    if (!file)
        abort();
    (void)fprintf(file,
                  "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                  "scrape_configs: [{job_name: bench, static_configs: [{targets: "
                  "['127.0.0.1:%d']}]}]\n",
                  port);
    (void)fclose(file);
    char config[160];
    char storage[160];
    (void)snprintf(config, sizeof config, "--config.file=%s", path);
    (void)snprintf(storage, sizeof storage, "--storage.tsdb.path=%s/data", folder);
    pid_t pid = fork();
    if (pid == 0) {
        leave_root();
        (void)!freopen("/dev/null", "w", stderr);
        (void)execl("/usr/bin/prometheus", "prometheus", config, storage,
                    "--web.listen-address=127.0.0.1:0", (char *)NULL);
        _exit(1);
    }
    measure("Prometheus", pid, seconds);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    char command[160];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    (void)!system(command);
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60;
    if (seconds < 1) {
        (void)fprintf(stderr, "use: bench_collect [seconds]\n");
        return 2;
    }
    int port;
    (void)signal(SIGPIPE, SIG_IGN);
    pid_t server = start_server(&port);
    (void)printf("%d series every second, %d s each\n", SERIES, seconds);
    run_collector("reeve collect, default signals", port, seconds, 0);
    run_collector("reeve collect, 1,000 in use", port, seconds, 1);
    run_collector("reeve collect, 100,000 in use", port, seconds, 100);
    run_prometheus(port, seconds);
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
    return 0;
}
