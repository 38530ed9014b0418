/* log_map.c - the table of built-in maps, and lines read by them. */
#include "telemetry/log_map.h"

static const struct built_in {
    const char *name;
    enum log_form form;
    const char *roles[LOG_ROLES];
} built_ins[] = {
    {"json",
     LOG_FORM_JSON,
     {[LOG_TIME] = "time,timestamp,ts,@timestamp,datetime",
      [LOG_LEVEL] = "level,severity,lvl,log.level,levelname,severity_text,loglevel",
      [LOG_MESSAGE] = "message,msg,event,error.message,err.message,log,text",
      [LOG_STATUS] = ("status,status_code,statusCode,http.status_code,http.response.status_code,"
                      "res.statusCode,res.status,response.status,http_status"),
      [LOG_DURATION] = ("duration_ms:ms,duration_s:s,duration_seconds:s,durationMs:ms,"
                        "elapsed_ms:ms,latency_ms:ms,response_time_ms:ms,responseTime:ms,"
                        "request_time:s,duration,elapsed,latency"),
      [LOG_PATH] = "path,url,req.url,req.path,http.target,request.path,uri"}},
    /* Log drains of Netlify, NDJSON: traffic (status_code, duration in ms), functions and edge
     * functions (level, message). */
    {"netlify",
     LOG_FORM_JSON,
     {[LOG_TIME] = "timestamp",
      [LOG_LEVEL] = "level",
      [LOG_MESSAGE] = "message",
      [LOG_STATUS] = "status_code",
      [LOG_DURATION] = "duration:ms",
      [LOG_PATH] = "url,path"}},
    /* Log drains of Supabase: the API gateway (request, response; origin_time in ms), Postgres
     * (parsed.error_severity), Auth (level, status, duration in ns, msg). */
    {"supabase",
     LOG_FORM_JSON,
     {[LOG_TIME] = "timestamp",
      [LOG_LEVEL] = "metadata.parsed.error_severity,metadata.level,level",
      [LOG_MESSAGE] = "event_message,metadata.msg,metadata.message",
      [LOG_STATUS] = "metadata.response.status_code,metadata.status",
      [LOG_DURATION] = "metadata.response.origin_time:ms,metadata.duration:ns",
      [LOG_PATH] = "metadata.request.path,metadata.path"}},
    {"logfmt",
     LOG_FORM_LOGFMT,
     {[LOG_TIME] = "time,ts,timestamp,t",
      [LOG_LEVEL] = "level,lvl,severity,at",
      [LOG_MESSAGE] = "msg,message,err,error",
      [LOG_STATUS] = "status,status_code,code",
      [LOG_DURATION] = "duration_ms:ms,duration,elapsed,took,service,latency",
      [LOG_PATH] = "path,url,uri"}},
    {"combined", LOG_FORM_COMBINED, {NULL}},
    {"text", LOG_FORM_TEXT, {NULL}},
};

const char *log_role_name(enum log_role role)
{
    static const char *const names[LOG_ROLES] = {"time",   "level",    "message",
                                                 "status", "duration", "path"};
    return names[role];
}

static bool read_unit(struct str unit, double *out_scale, struct err *err)
{
    double scale = 0;
    static const struct {
        const char *unit;
        double scale;
    } units[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (str_is(unit, units[i].unit))
            scale = units[i].scale;
    if (unit.n > 0 && scale <= 0)
        return err_set(err, ERR_USAGE, NULL, "\"%.*s\" is no unit of a duration: s, ms, us or ns",
                       STR_ARGS(unit));
    *out_scale = scale;
    return true;
}

static bool add_names(struct log_map *map, enum log_role role, struct str list, struct err *err)
{
    struct str name;
    while (list.n > 0 && str_split(&list, ',', &name)) {
        name = str_trim(name);
        size_t colon = role == LOG_DURATION ? str_find_byte(name, ':', 0) : name.n;
        struct log_name added = {0};
        size_t at;
        if (!read_unit(str_from(name, colon + 1), &added.scale, err) ||
            !log_paths_add(&map->paths, str_slice(name, 0, colon), &at, err))
            return false;
        if (map->name_counts[role] == LOG_NAMES_MAX)
            return err_set(err, ERR_USAGE, NULL, "there are too many names for %s (at most %d)",
                           log_role_name((enum log_role)role), LOG_NAMES_MAX);
        added.path = (uint8_t)at;
        map->names[role][map->name_counts[role]++] = added;
    }
    return true;
}

bool log_map_init(struct log_map *map, struct arena *arena, struct str name,
                  const struct log_map_own *own, struct err *err)
{
    const struct built_in *built_in = NULL;
    for (size_t i = 0; i < sizeof built_ins / sizeof built_ins[0] && !built_in; i++)
        if (str_is(name, built_ins[i].name))
            built_in = &built_ins[i];
    if (!built_in)
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is no format of a log: json, netlify, supabase, logfmt, combined "
                       "or text",
                       STR_ARGS(name));
    *map = (struct log_map){.form = built_in->form};
    log_paths_init(&map->paths, arena);
    for (int role = 0; role < LOG_ROLES; role++) {
        struct str names = own ? own->names[role] : STR("");
        bool has_fields = map->form == LOG_FORM_JSON || map->form == LOG_FORM_LOGFMT;
        if (names.n > 0 && !has_fields)
            return err_set(err, ERR_USAGE, NULL,
                           "lines in the format \"%.*s\" have no named fields", STR_ARGS(name));
        if (!add_names(map, (enum log_role)role, names, err) ||
            !add_names(map, (enum log_role)role, str_of(built_in->roles[role]), err))
            return false;
    }
    return true;
}

/* The value of a role's first name that the line has; NULL when it has none. */
static const struct log_value *find_value(const struct log_map *map, const struct log_line *line,
                                          enum log_role role, const struct log_name **out_name)
{
    for (size_t i = 0; i < map->name_counts[role]; i++) {
        const struct log_name *name = &map->names[role][i];
        const struct log_value *value = &line->values[name->path];
        if ((line->found >> name->path & 1) &&
            (value->type == JSON_STRING || value->type == JSON_NUMBER)) {
            *out_name = name;
            return value;
        }
    }
    return NULL;
}

static void read_fields(const struct log_map *map, const struct log_line *line, char *buffer,
                        struct log_entry *entry)
{
    const struct log_name *name;
    const struct log_value *value = find_value(map, line, LOG_LEVEL, &name);
    if (value)
        entry->severity = value->type == JSON_NUMBER ? log_severity_of_number(value->text)
                                                     : log_severity_of_word(value->text);
    if ((value = find_value(map, line, LOG_STATUS, &name)))
        entry->status = log_status_of(value->text);
    if ((value = find_value(map, line, LOG_DURATION, &name)))
        entry->duration_s = log_duration_of(value->text, name->scale);
    if ((value = find_value(map, line, LOG_TIME, &name)))
        entry->at = log_instant_of(value->text);
    if (entry->severity < ENTRY_WARN && entry->severity != ENTRY_NOT_SAID && entry->status < 500)
        return; /* nobody looks at the text of what went well */
    if ((value = find_value(map, line, LOG_MESSAGE, &name)))
        entry->message = log_value_text(value, buffer, LOG_MESSAGE_BYTES);
    if ((value = find_value(map, line, LOG_PATH, &name)) && !value->escaped)
        entry->path = value->text;
}

/* One pair of logfmt off the front: key, key= or key="value". */
static bool next_pair(struct str *rest, struct str *out_key, struct log_value *out_value)
{
    size_t at = 0;
    while (at < rest->n && byte_is_blank(rest->p[at]))
        at++;
    size_t from = at;
    while (at < rest->n && rest->p[at] != '=' && !byte_is_blank(rest->p[at]))
        at++;
    if (at == from) /* the end, or a value without a key */
        return false;
    *out_key = str_slice(*rest, from, at);
    *out_value = (struct log_value){.type = JSON_NULL};
    if (at < rest->n && rest->p[at] == '=') {
        from = ++at;
        bool quoted = at < rest->n && rest->p[at] == '"';
        at += quoted;
        while (at < rest->n && (quoted ? rest->p[at] != '"' : !byte_is_blank(rest->p[at]))) {
            out_value->escaped = out_value->escaped || (quoted && rest->p[at] == '\\');
            at += quoted && rest->p[at] == '\\' && at + 1 < rest->n ? 2 : 1;
        }
        out_value->type = JSON_STRING;
        out_value->text = str_slice(*rest, from + quoted, at);
        at += quoted && at < rest->n;
    }
    *rest = str_from(*rest, at);
    return true;
}

static void take_text(struct str text, enum log_entry_form form, struct log_entry *entry)
{
    entry->message = text;
    entry->form = form;
}

static void read_logfmt(const struct log_map *map, const struct log_line *line, char *buffer,
                        struct log_entry *entry)
{
    struct log_value values[LOG_PATHS_MAX];
    struct log_line pairs = {.text = line->text, .values = values};
    struct str rest = line->text;
    struct str key;
    struct log_value value;
    while (next_pair(&rest, &key, &value))
        for (size_t i = 0; i < map->paths.count; i++)
            if (str_equal(map->paths.paths[i], key)) {
                values[i] = value;
                pairs.found |= (uint64_t)1 << i;
            }
    if (pairs.found > 0)
        read_fields(map, &pairs, buffer, entry);
    else
        take_text(line->text, ENTRY_UNREAD, entry);
}

void log_map_read(const struct log_map *map, const struct log_line *line, char *buffer,
                  struct log_entry *out_entry)
{
    *out_entry = (struct log_entry){.duration_s = -1};
    if (map->form == LOG_FORM_JSON && line->is_object) {
        read_fields(map, line, buffer, out_entry);
        out_entry->form = line->found > 0 ? ENTRY_READ : ENTRY_UNREAD;
    } else if (map->form == LOG_FORM_LOGFMT) {
        read_logfmt(map, line, buffer, out_entry);
    } else if (map->form == LOG_FORM_TEXT) {
        take_text(line->text, ENTRY_PLAIN, out_entry);
    } else if (map->form != LOG_FORM_COMBINED || !log_read_combined(line->text, out_entry)) {
        take_text(line->text, ENTRY_UNREAD, out_entry);
    }
}

void log_map_read_record(const struct log_map *map, const struct log_record *record, char *buffer,
                         struct log_entry *out_entry)
{
    struct log_value values[LOG_PATHS_MAX];
    struct log_line line = {.values = values};
    *out_entry = (struct log_entry){.duration_s = -1};
    for (size_t i = 0; i < record->attribute_count; i++)
        for (size_t k = 0; k < map->paths.count; k++)
            if (str_equal(map->paths.paths[k], record->attributes[i].name)) {
                values[k] =
                    (struct log_value){.type = JSON_STRING, .text = record->attributes[i].value};
                line.found |= (uint64_t)1 << k;
            }
    read_fields(map, &line, buffer, out_entry);
    if (record->severity != LOG_SEVERITY_NONE)
        out_entry->severity = record->severity;
    else if (record->severity_text.n > 0)
        out_entry->severity = log_severity_of_word(record->severity_text);
    if (record->body.n > 0)
        out_entry->message = record->body;
    else if (out_entry->message.n == 0)
        out_entry->message = record->event;
    if (!instant_is_zero(record->at))
        out_entry->at = record->at;
}
