/* host.c - this machine: memory, pressure, load, processors, and the file systems that are named.
 *
 * A file system that hangs, as one of the network does, holds up this process and no other: whoever
 * ordered it ends it at its deadline. A folder where nothing is mounted is a failure, for what
 * would be measured is another file system; and while one cannot be looked at, nothing is said of
 * the others. */
#include "probe/host.h"

#include "os/file.h"
#include "probe/probe.h"
#include "probe/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { KERNEL_TEXT_BYTES = 64 * 1024, MOUNT_LINE_BYTES = 8192, NAME_BYTES = 80 };

/* The next word of a line, "" at its end. */
static struct str word(struct str *line)
{
    struct str part = STR("");
    while (part.n == 0 && str_split(line, ' ', &part))
        continue;
    return part;
}

bool host_memory(struct text *samples, struct str meminfo)
{
    bool total = false;
    struct str line;
    while (str_split(&meminfo, '\n', &line)) {
        char name[NAME_BYTES];
        size_t colon = str_find_byte(line, ':', 0);
        struct str key = str_slice(line, 0, colon);
        struct str rest = str_from(line, colon + 1);
        struct str number = word(&rest);
        struct str unit = word(&rest);
        double value = 0;
        size_t n = 0;
        char clean[NAME_BYTES / 2];
        for (size_t i = 0; i < key.n && n + 1 < sizeof clean; i++)
            if (byte_is_alnum(key.p[i]) || key.p[i] == '_')
                clean[n++] = key.p[i];
            else if (key.p[i] == '(')
                clean[n++] = '_';
        clean[n] = '\0';
        if (n == 0 || colon == line.n || !str_real(number, &value))
            continue;
        bool kilobytes = str_is(unit, "kB");
        (void)snprintf(name, sizeof name, "node_memory_%s%s", clean, kilobytes ? "_bytes" : "");
        sample_add(samples, name, kilobytes ? value * 1024 : value);
        total = total || str_is(key, "MemTotal");
    }
    return total;
}

bool host_load(struct text *samples, struct str loadavg)
{
    static const char *const names[] = {"node_load1", "node_load5", "node_load15"};
    double values[3];
    for (size_t i = 0; i < 3; i++)
        if (!str_real(word(&loadavg), &values[i]))
            return false;
    for (size_t i = 0; i < 3; i++)
        sample_add(samples, names[i], values[i]);
    return true;
}

bool host_processors(struct text *samples, struct str stat, double ticks)
{
    static const char *const modes[] = {"user",   "nice", "system",  "idle",
                                        "iowait", "irq",  "softirq", "steal"};
    enum { MODES = sizeof modes / sizeof *modes };
    double values[MODES];
    struct str line = str_slice(stat, 0, str_find_byte(stat, '\n', 0));
    if (!str_is(word(&line), "cpu") || ticks <= 0)
        return false;
    for (size_t i = 0; i < MODES; i++)
        if (!str_real(word(&line), &values[i]))
            return false;
    for (size_t i = 0; i < MODES; i++)
        sample_add_of(samples, "node_cpu_seconds_total",
                      (const struct sample_label[SAMPLE_LABELS_MAX]){{"cpu", STR("all")},
                                                                     {"mode", str_of(modes[i])}},
                      values[i] / ticks);
    return true;
}

/* "avg10=0.00": the number behind the sign. */
static bool read_share(struct str part, const char *name, double *out_value)
{
    return str_starts(part, name) && str_real(str_from(part, strlen(name)), out_value);
}

bool host_pressure(struct text *samples, const char *resource, struct str pressure)
{
    bool any = false;
    struct str line;
    while (str_split(&pressure, '\n', &line)) {
        char name[NAME_BYTES];
        struct str kind = word(&line);
        double ten = 0;
        double minute = 0;
        double more = 0;
        double total_us = 0;
        bool full = str_is(kind, "full");
        if ((!full && !str_is(kind, "some")) || !read_share(word(&line), "avg10=", &ten) ||
            !read_share(word(&line), "avg60=", &minute) ||
            !read_share(word(&line), "avg300=", &more) ||
            !read_share(word(&line), "total=", &total_us))
            continue;
        (void)snprintf(name, sizeof name, "node_pressure_%s_%s_seconds_total", resource,
                       full ? "stalled" : "waiting");
        sample_add(samples, name, total_us / 1e6);
        for (int i = 0; i < 2; i++)
            sample_add_of(samples, "reeve_pressure_ratio",
                          (const struct sample_label[SAMPLE_LABELS_MAX]){
                              {"resource", str_of(resource)},
                              {"kind", kind},
                              {"window", i == 0 ? STR("10s") : STR("60s")}},
                          (i == 0 ? ten : minute) / 100);
        any = true;
    }
    return any;
}

static bool read_kernel(struct probe *probe, const char *path, struct str *out_text)
{
    char *data = arena_alloc(probe->work->arena, KERNEL_TEXT_BYTES);
    size_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && fd_fill(fd, data, KERNEL_TEXT_BYTES, &n);
    if (fd >= 0)
        (void)close(fd);
    *out_text = (struct str){data, n};
    return good;
}

static void add_machine(struct probe *probe)
{
    static const char *const resources[] = {"cpu", "io", "memory"};
    struct text *samples = &probe->samples;
    struct str text;
    if (!read_kernel(probe, "/proc/meminfo", &text) || !host_memory(samples, text))
        probe_fail(probe, "/proc/meminfo cannot be read here: %s; nothing is known of the memory",
                   strerror(errno));
    if (!read_kernel(probe, "/proc/loadavg", &text) || !host_load(samples, text))
        probe_fail(probe, "/proc/loadavg cannot be read here");
    if (!read_kernel(probe, "/proc/stat", &text) ||
        !host_processors(samples, text, (double)sysconf(_SC_CLK_TCK)))
        probe_fail(probe, "/proc/stat cannot be read here");
    bool pressure = true;
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/pressure/%s", resources[i]);
        pressure = read_kernel(probe, path, &text) && host_pressure(samples, resources[i], text) &&
                   pressure;
    }
    if (!pressure)
        probe->note = STR("its kernel tells no pressure (/proc/pressure); it is begun with psi=1");
}

/* What is mounted at the path last, which is what one sees there. */
static bool find_mount(struct probe *probe, const char *path, struct str *out_device,
                       struct str *out_type)
{
    struct arena *arena = probe->work->arena;
    char *room = arena_alloc(arena, MOUNT_LINE_BYTES);
    struct mntent entry;
    bool found = false;
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    if (!mounts)
        return false;
    while (getmntent_r(mounts, &entry, room, MOUNT_LINE_BYTES)) {
        if (strcmp(entry.mnt_dir, path) != 0)
            continue;
        *out_device = str_copy(arena, str_of(entry.mnt_fsname));
        *out_type = str_copy(arena, str_of(entry.mnt_type));
        found = true;
    }
    (void)endmntent(mounts);
    return found;
}

/* 1: measured. */
static int add_file_system(struct probe *probe, struct str path, struct text *samples)
{
    struct statvfs is;
    struct str device;
    struct str type;
    if (path.n == 0 || path.p[0] != '/') {
        probe_refuse(probe, "\"%.*s\" is no whole path", STR_ARGS(str_cut(path, 200)));
        return 0;
    }
    if (statvfs(path.p, &is) != 0) {
        probe_fail(probe, "%.*s cannot be looked at: %s; mount it, or take it out of paths:",
                   STR_ARGS(path), strerror(errno));
        return 0;
    }
    if (!find_mount(probe, path.p, &device, &type)) {
        probe_fail(probe,
                   "nothing is mounted at %.*s: what is written there goes to another disk; mount "
                   "it, or name the mount point under paths:",
                   STR_ARGS(path));
        return 0;
    }
    const struct sample_label labels[SAMPLE_LABELS_MAX] = {
        {"device", device}, {"fstype", type}, {"mountpoint", path}};
    double block = (double)is.f_frsize;
    sample_add_of(samples, "node_filesystem_size_bytes", labels, (double)is.f_blocks * block);
    sample_add_of(samples, "node_filesystem_free_bytes", labels, (double)is.f_bfree * block);
    sample_add_of(samples, "node_filesystem_avail_bytes", labels, (double)is.f_bavail * block);
    sample_add_of(samples, "node_filesystem_readonly", labels, (is.f_flag & ST_RDONLY) ? 1 : 0);
    if (is.f_files > 0) { /* there are file systems without a table of them */
        sample_add_of(samples, "node_filesystem_files", labels, (double)is.f_files);
        sample_add_of(samples, "node_filesystem_files_free", labels, (double)is.f_ffree);
    }
    return 1;
}

void probe_host(struct probe *probe)
{
    const struct json *paths = json_get(probe->work->body, "paths");
    struct text disks;
    int count = 0;
    text_init(&disks, probe->work->arena, PROBE_SAMPLES_BYTES);
    add_machine(probe);
    if (paths && paths->count > PROBE_PATHS_MAX) {
        probe_refuse(probe, "there are more than %d paths", PROBE_PATHS_MAX);
        return;
    }
    for (const struct json *path = paths ? paths->first : NULL; path; path = path->next)
        count += add_file_system(
            probe, path->type == JSON_STRING ? str_copy(probe->work->arena, path->text) : STR(""),
            &disks);
    /* The fullest of those that could be looked at may not be the fullest. */
    if (paths && (size_t)count == paths->count)
        text_add(&probe->samples, text_str(&disks));
    probe->seen = str_printf(probe->work->arena, "memory, load and %d file system%s", count,
                             count == 1 ? "" : "s");
}
