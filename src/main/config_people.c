/* config_people.c - the people, by what and in which order they are told, and when they sleep. */
#include "main/config_people.h"

#include "main/config_inside.h"

enum { CONTACT_AFTER_MS_MAX = 24 * 60 * 60 * 1000, TEXT_BYTES = 80 };

/* A member's id of Slack: letters and digits, U or W first. */
static bool is_slack_member(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!byte_is_digit(s.p[i]) && (s.p[i] < 'A' || s.p[i] > 'Z'))
            return false;
    return s.n >= 6 && (s.p[0] == 'U' || s.p[0] == 'W');
}

/* ntfy takes letters, digits, _ and - in topics, 64 at most. */
static bool is_topic(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!byte_is_alnum(s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
            return false;
    return s.n > 0 && s.n <= 64;
}

static bool is_topic_address(struct str s)
{
    size_t slash = s.n;
    while (slash > 0 && s.p[slash - 1] != '/')
        slash--;
    return (str_starts(s, "https://") || str_starts(s, "http://")) && slash > strlen("https://") &&
           is_topic(str_from(s, slash)) && str_is_ascii(s);
}

static bool is_pushover_user(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!byte_is_alnum(s.p[i]))
            return false;
    return s.n == 30;
}

static void check_address(struct config_reader *reader, const struct config_node *node,
                          enum method method)
{
    struct str cut = str_cut(node->text, TEXT_BYTES);
    if (method == METHOD_SLACK && !is_slack_member(node->text))
        config_error(reader, node->place,
                     "\"%.*s\" is no member's id of Slack; it begins with U or W, like "
                     "U024BE7LH, and stands in the member's profile.",
                     STR_ARGS(cut));
    else if (method == METHOD_NTFY && !is_topic(node->text) && !is_topic_address(node->text))
        config_error(reader, node->place,
                     "\"%.*s\" is no topic of ntfy: 64 letters, digits, \"-\" and \"_\", alone or "
                     "behind its server's address.",
                     STR_ARGS(cut));
    else if (method == METHOD_PUSHOVER && !is_pushover_user(node->text))
        config_error(reader, node->place,
                     "\"%.*s\" is no user key of Pushover: that has 30 letters and digits.",
                     STR_ARGS(cut));
}

static void bind_address(struct config_reader *reader, const struct config_node *node,
                         struct config *config, struct config_person *person, enum method method)
{
    const struct method_row *row = method_row(method);
    const struct config_node *at = config_find(node, row->key);
    if (!at || method == METHOD_WEBHOOK)
        return;
    bool reference = str_starts(at->text, "env:") || str_starts(at->text, "file:");
    if (row->address == ADDRESS_PLAIN || (row->address == ADDRESS_EITHER && !reference)) {
        person->reach[method] = at->text;
        check_address(reader, at, method);
        return;
    }
    person->secrets[method] = config_add_secret(
        reader, config, at,
        str_printf(reader->arena, "people.%.*s.%s", STR_ARGS(node->key), row->key));
}

static void bind_webhook(struct config_reader *reader, const struct config_node *node,
                         struct config *config, struct config_person *person)
{
    const struct config_node *webhook = config_find(node, "webhook");
    person->reach[METHOD_WEBHOOK] = config_text_at(webhook, "url");
    person->secrets[METHOD_WEBHOOK] = config_add_secret(
        reader, config, config_find(webhook, "key"),
        str_printf(reader->arena, "people.%.*s.webhook.key", STR_ARGS(node->key)));
}

/* "voice after 5 min" */
static bool read_contact(struct config_reader *reader, const struct config_node *item,
                         struct contact *out_contact)
{
    struct str text = str_trim(item->text);
    size_t at = str_find(text, " after ", 0);
    struct str name = str_trim(str_slice(text, 0, at));
    struct contact contact = {.method = METHOD_SMTP};
    if (str_is(name, "email") || str_is(name, "mail"))
        name = STR("smtp");
    if (!method_find(name, &contact.method)) {
        config_error(reader, item->place,
                     "\"%.*s\" is no way to reach somebody; possible are smtp, webhook, ntfy, sms, "
                     "voice, slack, mattermost, discord, teams, pagerduty and pushover.",
                     STR_ARGS(str_cut(name, TEXT_BYTES)));
        return false;
    }
    if (at < text.n &&
        (!config_duration(str_trim(str_from(text, at + strlen(" after "))), &contact.after_ms) ||
         contact.after_ms < 1000 || contact.after_ms > CONTACT_AFTER_MS_MAX)) {
        config_error(reader, item->place,
                     "After \"after\" a time from 1 s to 24 h is wanted, like \"%s after 5 min\".",
                     method_name(contact.method));
        return false;
    }
    *out_contact = contact;
    return true;
}

static void bind_contacts(struct config_reader *reader, const struct config_node *node,
                          struct config_person *person)
{
    const struct config_node *item = node && node->type == NODE_LIST ? node->first : node;
    if (!node)
        return;
    person->contacts = arena_array(reader->arena, METHODS, sizeof *person->contacts);
    person->contact_place = node->place;
    for (; item; item = node->type == NODE_LIST ? item->next : NULL) {
        struct contact contact;
        bool twice = false;
        if (!read_contact(reader, item, &contact))
            continue;
        for (size_t i = 0; i < person->contact_count; i++)
            twice = twice || person->contacts[i].method == contact.method;
        if (twice)
            config_error(reader, item->place, "%s stands here twice.", method_name(contact.method));
        else if (person->contact_count == 0 && contact.after_ms > 0)
            config_error(reader, item->place,
                         "The first way begins at once; take \"after\" away from it.");
        else
            person->contacts[person->contact_count++] = contact;
    }
}

/* Each way of the order needs its address. */
static void check_contacts(struct config_reader *reader, const struct config_node *node,
                           const struct config_person *person)
{
    for (size_t i = 0; i < person->contact_count; i++) {
        enum method method = person->contacts[i].method;
        const struct method_row *row = method_row(method);
        if (config_address(person, method).n == 0)
            config_error(reader, node->place, "contact: names %s, and %.*s has no %s:.", row->name,
                         STR_ARGS(person->name), row->key);
    }
}

static bool read_minute(struct str s, int *out_minute)
{
    int64_t hour = 0;
    int64_t minute = 0;
    if (s.n != 5 || s.p[2] != ':' || !str_int(str_slice(s, 0, 2), &hour) ||
        !str_int(str_from(s, 3), &minute) || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    *out_minute = (int)(hour * 60 + minute);
    return true;
}

/* "22:00-07:00 Europe/Ljubljana" */
static void bind_quiet(struct config_reader *reader, const struct config_node *node,
                       struct config_person *person)
{
    person->quiet_zone = STR("");
    if (!node)
        return;
    struct str text = str_trim(node->text);
    struct str zone = text.n > 11 ? str_trim(str_from(text, 11)) : STR("");
    bool good = text.n > 11 && text.p[5] == '-' && text.p[11] == ' ' &&
                read_minute(str_slice(text, 0, 5), &person->quiet_from) &&
                read_minute(str_slice(text, 6, 11), &person->quiet_to) &&
                person->quiet_from != person->quiet_to && config_is_zone_name(zone);
    if (!good) {
        config_error(reader, node->place,
                     "\"%.*s\" says no quiet hours; write from, to and the time zone, like "
                     "22:00-07:00 Europe/Ljubljana.",
                     STR_ARGS(str_cut(text, TEXT_BYTES)));
        return;
    }
    person->quiet_zone = zone;
    person->quiet_place = node->place;
}

void config_bind_people(struct config_reader *reader, const struct config_node *root,
                        struct config *config)
{
    const struct config_node *map = config_find(root, "people");
    if (!map)
        return;
    config->people = arena_array(reader->arena, map->count, sizeof *config->people);
    for (const struct config_node *node = map->first; node; node = node->next) {
        struct config_person *person = &config->people[config->person_count++];
        const struct config_node *contact = config_find(node, "contact");
        struct config_names roles = config_names_at(reader, node, "roles");
        *person = (struct config_person){.name = node->key,
                                         .place = node->key_place,
                                         .roles = roles.items,
                                         .role_count = roles.count};
        for (int method = 0; method < METHODS; method++)
            bind_address(reader, node, config, person, (enum method)method);
        bind_webhook(reader, node, config, person);
        person->irc = config_text_at(node, "irc");
        bind_contacts(reader, contact, person);
        if (contact)
            check_contacts(reader, contact, person);
        bind_quiet(reader, config_find(node, "quiet"), person);
        person->leave = config_ics_at(reader, config, config_find(node, "leave_ics"),
                                      config_find(node, "leave_zone"));
    }
}

struct str config_address(const struct config_person *person, enum method method)
{
    if (person->reach[method].n > 0)
        return person->reach[method];
    return person->secrets[method].name.n > 0 ? STR("(secret)") : STR("");
}

bool config_carries(const struct config *config, const struct config_person *person,
                    enum method method)
{
    const struct config_provider *providers[CONFIG_PROVIDERS_EACH_MAX];
    struct str address = config_address(person, method);
    if (address.n == 0)
        return false;
    if (method == METHOD_SMTP)
        return config->smtp_url.n > 0;
    if (!method_row(method)->carrier)
        return true;
    bool own_server = method == METHOD_NTFY && str_find(address, "://", 0) < address.n;
    return own_server || config_providers_of(config, method, providers) > 0;
}
