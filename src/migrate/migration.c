/* migration.c - from files to migrations. */
#include "migrate/migration.h"

#include <stdlib.h>

enum file_form { FORM_NONE, FORM_ONE, FORM_UP, FORM_DOWN };

/* A comment that parts a file: "-- migrate:up transaction:false". */
struct marker {
    size_t from, to; /* the line */
    bool found, up, outside;
    struct str unknown; /* an option nobody knows */
};

struct str version_of(struct str name)
{
    size_t n = 0;
    size_t zeros = 0;
    while (n < name.n && byte_is_digit(name.p[n]))
        n++;
    while (zeros + 1 < n && name.p[zeros] == '0')
        zeros++;
    return str_slice(name, zeros, n);
}

int version_compare(struct str a, struct str b)
{
    a = version_of(a);
    b = version_of(b);
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return str_compare(a, b);
}

void migration_say(struct migration_set *set, const struct migration_finding *finding)
{
    LIST_PUSH(set->arena, set->findings, set->finding_count, set->finding_capacity) = *finding;
}

static bool say(struct migration_set *set, struct str version, struct str place, const char *text)
{
    migration_say(set, &(struct migration_finding){.version = version,
                                                   .place = place,
                                                   .text = str_copy(set->arena, str_of(text)),
                                                   .stops = true});
    return false;
}

static enum file_form form_of(struct str name)
{
    struct str version = version_of(name);
    if (version.n == 0 || !str_ends(name, ".sql"))
        return FORM_NONE;
    if (str_ends(name, ".up.sql"))
        return FORM_UP;
    return str_ends(name, ".down.sql") ? FORM_DOWN : FORM_ONE;
}

static struct marker read_marker(struct str text, size_t from, size_t to)
{
    struct marker marker = {.from = from, .to = to};
    struct str words = str_trim(str_slice(text, from + 2, to));
    struct str word;
    if ((from > 0 && text.p[from - 1] != '\n' && text.p[from - 1] != '\r') ||
        !str_split(&words, ' ', &word))
        return marker;
    marker.up = str_is(str_trim(word), "migrate:up");
    marker.found = marker.up || str_is(str_trim(word), "migrate:down");
    while (marker.found && str_split(&words, ' ', &word)) {
        word = str_trim(word);
        if (str_is(word, "transaction:false"))
            marker.outside = true;
        else if (word.n > 0 && !str_is(word, "transaction:true") && marker.unknown.n == 0)
            marker.unknown = word;
    }
    return marker;
}

/* The next comment line "-- migrate:…" behind at that is no part of a string or other comment. */
static struct marker next_marker(struct str text, size_t at)
{
    while (at < text.n) {
        struct sql_token token = sql_next(text, at);
        size_t until = token.kind == SQL_OPEN_END ? text.n : token.from;
        while (at < until) {
            size_t behind = sql_comment_end(text, at);
            if (behind > text.n)
                break;
            if (behind > at && text.p[at] == '-') {
                struct marker marker = read_marker(text, at, behind);
                if (marker.found)
                    return marker;
            }
            at = behind > at ? behind : at + 1;
        }
        if (token.kind == SQL_END || token.kind == SQL_OPEN_END)
            break;
        at = token.to;
    }
    return (struct marker){.from = text.n, .to = text.n};
}

struct reading {
    struct migration_set *set;
    struct migration *migration;
    struct str name, text;
};

static bool fail(const struct reading *reading, size_t byte, const char *text)
{
    struct migration_script script = {.file = reading->name, .text = reading->text};
    reading->migration->unread = true;
    return say(reading->set, reading->migration->version,
               script_place(reading->set->arena, &script, byte), text);
}

static bool add_section(const struct reading *reading, struct migration_script *script,
                        struct migration_section section)
{
    struct err err = {0};
    script->file = reading->name;
    script->text = reading->text;
    if (script_add(reading->set->arena, script, &section, &err))
        return true;
    reading->migration->unread = true;
    return say(reading->set, reading->migration->version,
               str_copy(reading->set->arena, str_of(err.place)), err.text);
}

static bool is_text(const struct reading *reading)
{
    size_t bad = 0;
    if (reading->text.n > MIGRATION_BYTES_MAX)
        return fail(reading, 0, "The file has more than 16 MB; load data by another way.");
    if (!str_utf8_valid(reading->text, &bad))
        return fail(reading, bad, "The file is no UTF-8 text; write it anew in UTF-8.");
    const char *zero = memchr(reading->text.p ? reading->text.p : "", '\0', reading->text.n);
    return !zero || fail(reading, (size_t)(zero - reading->text.p),
                         "The file holds a zero byte; it is no SQL.");
}

/* dbmate's: what stands before the first marker may only be comments. */
static void read_sections(const struct reading *reading, struct marker marker)
{
    struct sql_token first = sql_next(reading->text, 0);
    bool ups = false;
    if (first.from < marker.from)
        (void)fail(reading, first.from,
                   "This statement stands before the first \"-- migrate:up\" and would never be "
                   "run: move it behind.");
    while (marker.found) {
        struct marker next = next_marker(reading->text, marker.to);
        struct migration *migration = reading->migration;
        if (marker.unknown.n > 0)
            (void)fail(reading, marker.from,
                       "An option of this line is not known; there is transaction:false.");
        ups = ups || marker.up;
        migration->has_down = migration->has_down || !marker.up;
        (void)add_section(reading, marker.up ? &migration->up : &migration->down,
                          (struct migration_section){marker.to, next.from, marker.outside});
        marker = next;
    }
    if (!ups)
        (void)fail(reading, 0, "The file has no \"-- migrate:up\", only a way back.");
}

/* The wraps of the sections in reverse order: the last that was done is undone first. */
static void reverse_sections(struct arena *arena, struct migration_script *script)
{
    struct migration_script made = {.file = script->file, .text = script->text};
    size_t end = script->wrap_count;
    while (end > 0) {
        size_t section = script->wraps[end - 1].section_first;
        size_t from = end;
        while (from > 0 && script->wraps[from - 1].section_first == section)
            from--;
        size_t section_first = made.count;
        for (size_t i = from; i < end; i++) {
            struct migration_wrap wrap = script->wraps[i];
            size_t old = wrap.first;
            wrap.first = made.count;
            wrap.section_first = section_first;
            for (size_t k = 0; k < wrap.count; k++)
                LIST_PUSH(arena, made.statements, made.count, made.capacity) =
                    script->statements[old + k];
            LIST_PUSH(arena, made.wraps, made.wrap_count, made.wrap_capacity) = wrap;
        }
        end = from;
    }
    *script = made;
}

static bool is_outside_file(struct str text)
{
    struct str line = str_slice(text, 0, str_find_byte(text, '\n', 0));
    return str_starts(line, "--") && str_is(str_trim(str_from(line, 2)), "transaction:false");
}

static void read_file(const struct reading *reading, enum file_form form)
{
    struct migration *migration = reading->migration;
    struct marker marker = next_marker(reading->text, 0);
    if (!is_text(reading))
        return;
    if (form != FORM_ONE && marker.found) {
        (void)fail(reading, marker.from,
                   "A file of a pair .up.sql and .down.sql has no such line: take it out, or make "
                   "one file of the two.");
        return;
    }
    if (marker.found) {
        read_sections(reading, marker);
        reverse_sections(reading->set->arena, &migration->down);
        return;
    }
    bool down = form == FORM_DOWN;
    migration->has_down = migration->has_down || down;
    (void)add_section(
        reading, down ? &migration->down : &migration->up,
        (struct migration_section){0, reading->text.n, is_outside_file(reading->text)});
}

static int by_version(const void *a, const void *b)
{
    const struct migration_file *first = a;
    const struct migration_file *second = b;
    int order = version_compare(first->name, second->name);
    return order != 0 ? order : str_compare(first->name, second->name);
}

/* The name without version and end: "users" of "001_users.up.sql". */
static struct str stem_of(struct str name)
{
    size_t end = name.n - 4;
    if (str_ends(name, ".up.sql"))
        end = name.n - 7;
    else if (str_ends(name, ".down.sql"))
        end = name.n - 9;
    return str_slice(name, 0, end);
}

static bool is_pair(struct str one, struct str other)
{
    enum file_form first = form_of(one);
    enum file_form second = form_of(other);
    return str_equal(stem_of(one), stem_of(other)) && first != FORM_ONE && second != FORM_ONE &&
           first != second;
}

static struct migration *make(struct migration_set *set, struct str name)
{
    struct migration *migration = &LIST_PUSH(set->arena, set->items, set->count, set->capacity);
    *migration =
        (struct migration){.version = str_copy(set->arena, version_of(name)), .name = name};
    return migration;
}

static void read_one(struct migration_set *set, const struct migration_file *file,
                     const struct migration_file *before)
{
    enum file_form form = form_of(file->name);
    struct migration *last = set->count > 0 ? &set->items[set->count - 1] : NULL;
    bool same = last && before && version_compare(before->name, file->name) == 0;
    if (same && !is_pair(before->name, file->name)) {
        last->unread = true;
        migration_say(set, &(struct migration_finding){
                               .version = last->version,
                               .place = file->name,
                               .text = str_printf(set->arena,
                                                  "The version %.*s has %.*s already: give one of "
                                                  "the two files another number.",
                                                  STR_ARGS(last->version), STR_ARGS(before->name)),
                               .stops = true,
                               .always = true});
        return;
    }
    struct migration *migration = same ? last : make(set, file->name);
    if (form == FORM_UP)
        migration->name = file->name;
    struct reading reading = {set, migration, file->name, file->text};
    if (migration->version.n > MIGRATION_VERSION_DIGITS)
        (void)fail(&reading, 0, "The version has more than 40 digits.");
    read_file(&reading, form);
}

static void finish(struct migration_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct migration *migration = &set->items[i];
        if (migration->up.text.p == NULL && !migration->unread) {
            migration->unread = true;
            (void)say(
                set, migration->version, migration->name,
                "The file goes back from something that has no way forward: add its .up.sql.");
        }
        script_sum(set->arena, &migration->up, migration->sum);
    }
    set->file_findings = set->finding_count;
}

void migration_set_read(struct arena *arena, const struct migration_file *files, size_t count,
                        struct migration_set *out_set)
{
    struct migration_file *sorted = arena_array(arena, count + 1, sizeof *sorted);
    size_t used = 0;
    *out_set = (struct migration_set){.arena = arena};
    for (size_t i = 0; i < count; i++) {
        if (form_of(files[i].name) != FORM_NONE)
            sorted[used++] = (struct migration_file){str_copy(arena, files[i].name), files[i].text};
        else if (str_ends(files[i].name, ".sql"))
            migration_say(out_set,
                          &(struct migration_finding){
                              .place = str_copy(arena, files[i].name),
                              .text = STR("The file is left out: the names of migrations begin "
                                          "with a number, 20240101120000_users.sql.")});
    }
    qsort(sorted, used, sizeof *sorted, by_version);
    for (size_t i = 0; i < used; i++)
        read_one(out_set, &sorted[i], i > 0 ? &sorted[i - 1] : NULL);
    finish(out_set);
}

void migration_files_read(struct arena *arena, const struct migration_file *files, size_t count,
                          struct migration_set *out_set)
{
    *out_set = (struct migration_set){.arena = arena};
    for (size_t i = 0; i < count; i++) {
        struct migration *migration =
            &LIST_PUSH(arena, out_set->items, out_set->count, out_set->capacity);
        *migration = (struct migration){.version = STR(""), .name = files[i].name};
        struct reading reading = {out_set, migration, files[i].name, files[i].text};
        read_file(&reading, FORM_ONE);
    }
    out_set->file_findings = out_set->finding_count;
}

const struct migration *migration_find(const struct migration_set *set, struct str version)
{
    size_t from = 0;
    size_t to = set->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = version_compare(set->items[middle].version, version);
        if (order == 0)
            return &set->items[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}
