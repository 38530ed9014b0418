/* rotated.c - one look through a folder. */
#include "collect/rotated.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_packed(struct str ending)
{
    static const char *const endings[] = {".gz", ".bz2", ".xz", ".zst", ".lz4", ".Z"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (str_is(ending, endings[i]))
            return true;
    return false;
}

/* What a rotation makes of name; out_packed: and compressed. */
static bool is_rotated_name(struct str candidate, struct str name, bool *out_packed)
{
    size_t at = name.n + 1;
    if (!str_starts(candidate, name.p) || candidate.n <= at ||
        !strchr(".-_", candidate.p[name.n]) || !byte_is_digit(candidate.p[at]))
        return false;
    while (at < candidate.n &&
           (byte_is_digit(candidate.p[at]) || strchr("-_:TZ", candidate.p[at]) ||
            (candidate.p[at] == '.' && at + 1 < candidate.n && byte_is_digit(candidate.p[at + 1]))))
        at++;
    *out_packed = at < candidate.n;
    return !*out_packed || is_packed(str_from(candidate, at));
}

static bool is_known(const struct rotated_search *search, int64_t inode)
{
    for (size_t i = 0; i < search->known_count; i++)
        if (search->known[i] == inode)
            return true;
    return false;
}

/* Is a packed file made of one that is known, and still there beside it? */
static bool is_of_known(const struct rotated_search *search, const char *path)
{
    char whole[4096];
    struct stat about;
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] != '.')
        n--;
    str_keep(whole, sizeof whole, (struct str){path, n > 0 ? n - 1 : 0});
    return stat(whole, &about) == 0 && is_known(search, (int64_t)about.st_ino);
}

static void add(struct rotated *found, int fd, int64_t written_ns)
{
    size_t at = found->count++;
    for (; at > 0 && found->files[at - 1].written_ns > written_ns; at--)
        found->files[at] = found->files[at - 1];
    found->files[at].fd = fd;
    found->files[at].written_ns = written_ns;
}

static void look_at(const struct rotated_search *search, struct str name, bool packed,
                    struct rotated *found)
{
    char path[4096];
    struct stat about;
    if (snprintf(path, sizeof path, "%s%s", search->folder.p, name.p) >= (int)sizeof path ||
        lstat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size == 0)
        return;
    int64_t written_ns = (int64_t)about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec;
    /* The clock of files is coarse: what is not packed may be as old to the tick. */
    if (written_ns < search->after_ns + packed || is_known(search, (int64_t)about.st_ino) ||
        (packed && is_of_known(search, path)))
        return;
    int fd = packed || found->count == ROTATED_MAX
                 ? -1
                 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
    if (fd >= 0) {
        add(found, fd, written_ns);
        return;
    }
    found->lost_count++;
    found->lost_bytes += about.st_size;
    str_keep(found->lost_name, sizeof found->lost_name, name);
}

void rotated_find(const struct rotated_search *search, struct rotated *out_found)
{
    DIR *folder = opendir(search->folder.p);
    *out_found = (struct rotated){.count = 0};
    if (!folder)
        return;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        bool packed;
        struct str name = str_of(entry->d_name);
        if (is_rotated_name(name, search->name, &packed))
            look_at(search, name, packed, out_found);
    }
    (void)closedir(folder);
}
