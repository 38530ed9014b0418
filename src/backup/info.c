/* info.c - the answer of `pgbackrest info --output=json`. */
#include "backup/backup.h"

#include <stdlib.h>

static bool odd(struct err *err, const char *what)
{
    return err_set(
        err, ERR_OUTSIDE, "pgbackrest",
        "pgbackrest info answered without %s; its version may be too old (2.32 or later is "
        "understood).",
        what);
}

static struct str wal_of(const struct json *object, const char *key)
{
    return json_get_str(object, key); /* null: "" */
}

static bool read_repos(const struct json *stanza, struct backup_info *info, struct err *err)
{
    const struct json *repos = json_get(stanza, "repo");
    if (!repos || repos->type != JSON_ARRAY)
        return odd(err, "the list of repositories");
    for (const struct json *one = repos->first; one; one = one->next) {
        struct backup_repo *repo = &info->repos[info->repo_count];
        const struct json *status = json_get(one, "status");
        if (info->repo_count == BACKUP_REPOS_MAX)
            return odd(err, "an end to its repositories");
        if (!json_get_int(one, "key", &repo->key) || !json_get_int(status, "code", &repo->code))
            return odd(err, "the state of a repository");
        repo->message = json_get_str(status, "message");
        repo->cipher = json_get_str(one, "cipher");
        info->repo_count++;
    }
    return true;
}

static bool read_clusters(const struct json *stanza, struct backup_info *info, struct err *err)
{
    const struct json *databases = json_get(stanza, "db");
    for (const struct json *one = databases ? databases->first : NULL; one; one = one->next) {
        int64_t id = 0;
        const struct json *system_id = json_get(one, "system-id");
        if (!json_get_int(one, "id", &id) || !system_id || system_id->type != JSON_NUMBER)
            return odd(err, "the identity of the cluster");
        if (id < info->database)
            continue;
        info->database = id;
        info->system_id = system_id->text;
        info->version = json_get_str(one, "version");
    }
    return true;
}

static bool read_keys(const struct json *of, int64_t *out_repo, int64_t *out_database)
{
    const struct json *database = json_get(of, "database");
    return json_get_int(database, "id", out_database) &&
           json_get_int(database, "repo-key", out_repo);
}

static bool read_archives(const struct json *stanza, struct backup_info *info, struct err *err)
{
    const struct json *archives = json_get(stanza, "archive");
    for (const struct json *one = archives ? archives->first : NULL; one; one = one->next) {
        struct backup_archive *archive = &info->archives[info->archive_count];
        if (info->archive_count == BACKUP_ARCHIVES_MAX)
            return odd(err, "an end to its archives");
        archive->id = json_get_str(one, "id");
        archive->first = wal_of(one, "min");
        archive->last = wal_of(one, "max");
        if (archive->id.n == 0 || !read_keys(one, &archive->repo, &archive->database))
            return odd(err, "whose WAL it is");
        info->archive_count++;
    }
    return true;
}

static bool read_backup(const struct json *one, struct backup *backup)
{
    const struct json *times = json_get(one, "timestamp");
    const struct json *sizes = json_get(one, "info");
    const struct json *wal = json_get(one, "archive");
    const struct json *error = json_get(one, "error");
    int64_t begun_s = 0;
    int64_t ended_s = 0;
    if (!json_get_int(times, "start", &begun_s) || !json_get_int(times, "stop", &ended_s) ||
        begun_s < 0 || ended_s < begun_s || ended_s > INT64_MAX / 1000000 ||
        !read_keys(one, &backup->repo, &backup->database))
        return false;
    backup->begun.us = begun_s * 1000000;
    backup->ended.us = ended_s * 1000000;
    backup->label = json_get_str(one, "label");
    backup->type = json_get_str(one, "type");
    backup->first_wal = wal_of(wal, "start");
    backup->last_wal = wal_of(wal, "stop");
    backup->broken = error && error->type == JSON_TRUE; /* null: not looked at by this version */
    return backup->label.n > 0 && json_get_int(sizes, "size", &backup->bytes) &&
           json_get_int(json_get(sizes, "repository"), "delta", &backup->stored_bytes);
}

static int by_end(const void *a, const void *b)
{
    const struct backup *one = a;
    const struct backup *other = b;
    if (one->ended.us != other->ended.us)
        return one->ended.us < other->ended.us ? -1 : 1;
    return one->repo < other->repo ? -1 : one->repo > other->repo;
}

static bool read_backups(struct arena *arena, const struct json *stanza, struct backup_info *info,
                         struct err *err)
{
    const struct json *backups = json_get(stanza, "backup");
    if (!backups || backups->type != JSON_ARRAY)
        return odd(err, "the list of backups");
    if (backups->count > BACKUP_MOST)
        return odd(err, "an end to its backups");
    info->items = arena_array(arena, backups->count, sizeof *info->items);
    for (const struct json *one = backups->first; one; one = one->next)
        if (!read_backup(one, &info->items[info->count++]))
            return odd(err, "what a backup is");
    qsort(info->items, info->count, sizeof *info->items, by_end);
    return true;
}

bool backup_read_info(struct arena *arena, struct str json, struct str stanza,
                      struct backup_info *out_info, struct err *err)
{
    struct json *root = NULL;
    struct err unread = {0};
    struct backup_info info = {.stanza = stanza};
    if (!json_parse(arena, str_trim(json), &root, &unread) || root->type != JSON_ARRAY)
        return odd(err, "JSON");
    const struct json *found = NULL;
    for (const struct json *one = root->first; one; one = one->next)
        if (str_equal(json_get_str(one, "name"), stanza))
            found = one;
    if (!found)
        return err_set(err, ERR_OUTSIDE, "pgbackrest",
                       "pgbackrest knows no stanza \"%.*s\"; services.backup.stanza names it.",
                       STR_ARGS(str_cut(stanza, 100)));
    const struct json *held =
        json_get(json_get(json_get(json_get(found, "status"), "lock"), "backup"), "held");
    info.is_running = held && held->type == JSON_TRUE;
    if (!read_repos(found, &info, err) || !read_clusters(found, &info, err) ||
        !read_archives(found, &info, err) || !read_backups(arena, found, &info, err))
        return false;
    *out_info = info;
    return true;
}
