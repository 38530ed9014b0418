/* links.h - what goes out in a page and what comes back by its link. */
#ifndef MAIN_LINKS_H
#define MAIN_LINKS_H

#include "main/page_order.h"
#include "main/serve.h"
#include "people/bundle.h"

/* The message of a page, or of several that go together, with acknowledge links when there is a
 * public_url and the keeper answers; else with the commands. */
struct message links_page_message(struct serve *serve, struct arena *arena,
                                  const struct bundle *bundle, struct instant now);
/* That a rota will have nobody. */
struct message links_follow_up_message(struct serve *serve, struct arena *arena,
                                       const struct page *page, struct instant now);
struct message links_gap_message(struct serve *serve, struct arena *arena, const struct page *page,
                                 struct instant now);
/* That a silence ends. */
struct message links_handover_message(struct serve *serve, struct arena *arena,
                                      const struct page *page, struct instant now);
struct message links_silence_message(struct serve *serve, struct arena *arena,
                                     const struct page *page, struct instant now);
/* "The ledger cannot be written", sent unrecorded. */
struct message links_unwritable_message(struct arena *arena, struct str reason,
                                        struct instant since);
/* GET shows one button, POST acknowledges. */
void links_serve(struct serve *serve, struct http_exchange *exchange,
                 const struct http_request *request);

#endif
