/* scene.h - incidents and pages together, without the rest of the world: a small company, its
 * alerts, a clock that only the test moves. */
#ifndef PEOPLE_SCENE_H
#define PEOPLE_SCENE_H

#include "people/page.h"

enum { MINUTE = 60 * 1000, ALERTS = 6 };

struct scene {
    struct arena *arena;
    struct incidents incidents;
    struct pages pages;
    struct silences silences;
    struct severity_plan plan;
    const struct oncall *oncall;
    struct incident_alert alerts[LIMIT_INCIDENTS_OPEN + ALERTS];
    size_t alert_count;
    struct event_list log;
    struct instant now;
};

/* ana is primary (mail), ben secondary (mail, webhook), cto has a mail address. P0 goes to the CTO
 * at once, P1 to whoever is next after an hour. Even alerts are critical, odd ones warnings; two
 * neighbours share a signal. */
void scene_begin(struct scene *scene, struct arena *arena);
void scene_end(struct scene *scene);
struct incident_world scene_incidents(const struct scene *scene);
struct page_world scene_pages(const struct scene *scene);
void scene_fold(struct scene *scene, const struct event_list *events);
/* Decides and folds until nothing is decided. */
void scene_settle(struct scene *scene);
void scene_pass(struct scene *scene, int64_t by_ms);
void scene_alert(struct scene *scene, int at, bool firing);
/* Events of a kind so far, of a person when one is given. */
size_t scene_count(const struct scene *scene, enum event_kind kind, const char *person);
/* Starts everything that is ready, and it ends so; returns how many. */
size_t scene_answer(struct scene *scene, enum page_outcome outcome);
/* Sends everything that is ready. */
size_t scene_send(struct scene *scene);
/* The node's start, or a step of the clock. */
void scene_tell(struct scene *scene, enum event_kind kind, int64_t by_ms);

typedef bool command(const struct incident_world *, const struct incident_call *,
                     struct event_list *, struct err *);
void scene_order(struct scene *scene, command *run, struct incident_call call);
/* The command is refused, and these words stand in its sentence. */
void scene_refused(struct scene *scene, command *run, struct incident_call call, const char *words);

#endif
