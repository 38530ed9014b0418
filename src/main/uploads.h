/* uploads.h - forms with files, and files that the command line hands over.
 *
 * Promises: whoever is not known, or may not tick, sends no long body and keeps no file. */
#ifndef MAIN_UPLOADS_H
#define MAIN_UPLOADS_H

#include "action/action.h"
#include "http/multipart.h"
#include "main/serve.h"

/* A form that came as multipart/form-data: its fields, written as other forms are, and its files.
 */
struct upload_form {
    struct http_request request; /* a copy with the fields as its body */
    struct http_part files[HTTP_PARTS_MAX];
    size_t file_count;
};

/* Where long bodies may be sent. */
void uploads_set(struct http_settings *settings);
/* NULL: it is no such form, and request is as good as it is. False in *out_good: it is broken. */
struct upload_form *uploads_read(struct arena *arena, const struct http_request *request,
                                 bool *out_good);
/* Keeps the form's files for the call's argument of files. form may be NULL. */
MUST_USE bool uploads_keep(struct serve *serve, struct arena *arena, const struct upload_form *form,
                           struct call *call, struct err *err);
/* POST /attachments?run=N: keeps the body, answers with what a call is told of it. */
void uploads_post(struct serve *serve, struct http_exchange *exchange,
                  const struct http_request *request, const struct caller *caller);
/* GET /attachments/RUN/DIGEST: the file as a download. True when answered. */
bool uploads_get(struct serve *serve, struct http_exchange *exchange, struct str path);

#endif
