/* uploads.c - files that come in by HTTP, and go out again. */
#include "main/uploads.h"

#include "main/attachments.h"
#include "main/callers.h"
#include "main/pages.h"
#include "main/run_story.h"

enum { FIELDS_BYTES_MAX = 64 * 1024, LINES_BYTES_MAX = 16 * 1024, ANSWER_BYTES_MAX = 4096 };

void uploads_set(struct http_settings *settings)
{
    static const struct str paths[] = {{"/do/run/tick", 12}, {"/attachments", 12}};
    settings->uploads = (struct http_uploads){.paths = paths,
                                              .path_count = sizeof paths / sizeof *paths,
                                              .body_bytes_max = LIMIT_HTTP_UPLOAD_BYTES};
    settings->uploads_at_once = LIMIT_HTTP_UPLOADS;
}

/* As the fields of other forms are sent: what is not plain becomes %HH. */
static void add_encoded(struct text *text, struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (byte_is_alnum(c) || strchr("-._", c ? c : ' '))
            text_byte(text, c);
        else
            text_printf(text, "%%%02X", (unsigned)(unsigned char)c);
    }
}

struct upload_form *uploads_read(struct arena *arena, const struct http_request *request,
                                 bool *out_good)
{
    struct str type;
    struct str boundary;
    struct http_part parts[HTTP_PARTS_MAX];
    struct text fields;
    size_t count = 0;
    *out_good = true;
    if (!http_header_find(request, "content-type", &type) || !http_multipart_is(type, &boundary))
        return NULL;
    struct upload_form *form = arena_make(arena, struct upload_form);
    form->request = *request;
    text_init(&fields, arena, FIELDS_BYTES_MAX);
    *out_good = http_multipart_read(request->body, boundary, parts, &count);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].is_file) {
            if (parts[i].file_name.n > 0 || parts[i].data.n > 0)
                form->files[form->file_count++] = parts[i];
            continue;
        }
        text_adds(&fields, fields.n > 0 ? "&" : "");
        add_encoded(&fields, parts[i].name);
        text_byte(&fields, '=');
        add_encoded(&fields, parts[i].data);
    }
    form->request.body = text_str(&fields);
    *out_good = *out_good && !text_full(&fields);
    return form;
}

/* The argument of files by that name; false: the action takes none. */
static bool takes_files(const struct call *call, struct str name)
{
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++)
        if (call->action->arguments[i].type == ARGUMENT_FILES &&
            str_is(name, call->action->arguments[i].name))
            return true;
    return false;
}

bool uploads_keep(struct serve *serve, struct arena *arena, const struct upload_form *form,
                  struct call *call, struct err *err)
{
    struct text lines;
    struct str reason;
    if (!form || form->file_count == 0 ||
        !permit(&call->caller, call->action->permission, arena, &reason))
        return true; /* who performs the call refuses it, and records that */
    text_init(&lines, arena, LINES_BYTES_MAX);
    for (size_t i = 0; i < form->file_count; i++) {
        const struct http_part *file = &form->files[i];
        struct attachment_told told = {.name = attachment_name(arena, file->file_name)};
        if (!takes_files(call, file->name))
            return err_set(err, ERR_USAGE, call->action->name, "This form takes no file \"%.*s\".",
                           STR_ARGS(str_cut(file->name, 40)));
        if (!attachments_keep(serve->app, call_int(call, "number"), file->data, &told, err))
            return false;
        text_printf(&lines, "%s%.*s", lines.n > 0 ? "\n" : "",
                    STR_ARGS(attachment_tell(arena, &told)));
    }
    return call_set(call, form->files[0].name, text_str(&lines), err);
}

/* No action of the table, and refused like one: it is counted with the requests. */
static void refuse_upload(struct serve *serve, const struct http_request *request,
                          const struct caller *caller, struct str reason, struct err *err)
{
    struct arena arena;
    arena_init(&arena);
    struct refusal refusal = {
        .from = callers_from(serve, request, &arena),
        .reason = str_printf(&arena, "%.*s may not keep files for a run", STR_ARGS(caller->actor))};
    callers_refuse(serve, &refusal);
    (void)err_set(err, ERR_REFUSED, NULL, "%.*s", STR_ARGS(reason));
    arena_done(&arena);
}

void uploads_post(struct serve *serve, struct http_exchange *exchange,
                  const struct http_request *request, const struct caller *caller)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct attachment_told told = {.name = STR("")};
    struct err err = {0};
    struct str text;
    struct str reason;
    int64_t run = 0;
    if (!permit(caller, PERMISSION_RUN, arena, &reason))
        refuse_upload(serve, request, caller, reason, &err);
    else if (!http_form_find(arena, request->query, "run", &text) || !str_int(text, &run))
        (void)err_set(&err, ERR_USAGE, NULL, "Say for which run: /attachments?run=NUMBER.");
    else
        (void)!attachments_keep(serve->app, run, request->body, &told, &err);
    struct text answer;
    text_init(&answer, arena, ANSWER_BYTES_MAX);
    struct json_writer w = {.text = &answer};
    json_open_object(&w, NULL);
    if (err.kind != ERR_NONE) {
        json_str(&w, "error", str_of(err.text));
        json_int(&w, "exit_code", err_exit_code(err.kind));
    } else {
        json_int(&w, "bytes", told.bytes);
        json_str(&w, "digest", str_of(told.digest));
        json_int(&w, "exit_code", 0);
    }
    json_close_object(&w);
    struct http_reply reply = {.status = err.kind == ERR_NONE      ? 200
                                         : err.kind == ERR_REFUSED ? 403
                                         : err.kind == ERR_USAGE   ? 400
                                                                   : 500,
                               .content_type = STR("application/json"),
                               .body = text_str(&answer)};
    http_reply(exchange, &reply);
}

/* Never shown in the page's own origin, whatever it is: a download of bytes, with its name in both
 * of the forms that browsers read (RFC 6266). */
static void send_file(struct http_exchange *exchange, struct str name, struct str data)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct text disposition;
    text_init(&disposition, arena, ANSWER_BYTES_MAX);
    text_adds(&disposition, "attachment; filename=\"");
    for (size_t i = 0; i < name.n; i++)
        text_byte(&disposition,
                  (unsigned char)name.p[i] < 0x80 && name.p[i] != '"' ? name.p[i] : '_');
    text_adds(&disposition, "\"; filename*=UTF-8''");
    add_encoded(&disposition, name);
    struct http_header headers[] = {{STR("Content-Disposition"), text_str(&disposition)}};
    struct http_reply reply = {.status = 200,
                               .content_type = STR("application/octet-stream"),
                               .body = data,
                               .headers = headers,
                               .header_count = 1};
    http_reply(exchange, &reply);
}

static const struct run_attachment *find_attachment(const struct run *run, struct str digest)
{
    for (int i = 0; i < run->step_count; i++)
        for (size_t k = 0; k < run->steps[i].attachment_count; k++)
            if (str_is(digest, run->steps[i].attachments[k].digest) &&
                !run->steps[i].attachments[k].erased)
                return &run->steps[i].attachments[k];
    return NULL;
}

bool uploads_get(struct serve *serve, struct http_exchange *exchange, struct str path)
{
    struct arena *arena = http_exchange_arena(exchange);
    struct run_story story;
    struct runs ended;
    struct str data;
    struct err err = {0};
    int64_t number = 0;
    if (!str_starts(path, "/attachments/"))
        return false;
    struct str rest = str_from(path, strlen("/attachments/"));
    size_t slash = str_find_byte(rest, '/', 0);
    bool read = str_int(str_slice(rest, 0, slash), &number) && number > 0;
    const struct run *run = read ? run_find(&serve->app->world.runs, number) : NULL;
    runs_init(&ended, arena);
    if (read && !run && run_story_read(serve->app, arena, number, &story, &err))
        run = run_story_fold(&story, number, &ended);
    const struct run_attachment *attachment =
        run && slash < rest.n ? find_attachment(run, str_from(rest, slash + 1)) : NULL;
    if (!attachment)
        pages_reply_problem(exchange, 404, STR("No such file is attached, or it was erased."));
    else if (!attachments_read(serve->app, arena, (struct attachment_at){run, attachment->digest},
                               &data, &err))
        pages_reply_problem(exchange, 410, str_of(err.text));
    else
        send_file(exchange, str_copy(arena, attachment->name), data);
    runs_done(&ended);
    return true;
}
