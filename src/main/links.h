/* links.h - what goes out in a page and what comes back by its link. */
#ifndef MAIN_LINKS_H
#define MAIN_LINKS_H

#include "main/serve.h"

struct message { /* ready to be put into an order */
    struct str message_id, subject, text, webhook;
};

/* The message of a page, with its acknowledge link when there is a public_url and the keeper
 * answers; else with the command. */
struct message links_page_message(struct serve *serve, struct arena *arena, const struct page *page,
                                  struct instant now);
/* That a rota will have nobody. */
struct message links_gap_message(struct serve *serve, struct arena *arena, const struct page *page,
                                 struct instant now);
/* That a silence ends. */
struct message links_silence_message(struct serve *serve, struct arena *arena,
                                     const struct page *page, struct instant now);
/* "The ledger cannot be written", sent unrecorded. */
struct message links_unwritable_message(struct arena *arena, struct str reason,
                                        struct instant since);
/* GET shows one button, POST acknowledges. */
void links_serve(struct serve *serve, struct http_exchange *exchange,
                 const struct http_request *request);
/* An incident with the newest 500 lines of its timeline: from the state, else from the ledger's
 * entries about it. */
MUST_USE bool links_incident_view(struct serve *serve, struct arena *arena, int64_t number,
                                  struct incident_view *out_view, struct err *err);

#endif
