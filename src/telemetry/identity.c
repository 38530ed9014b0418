/* identity.c - one table of labels, and what they hash to. */
#include "telemetry/identity.h"

#include "telemetry/series.h"

/* Those that are one of several of its kind tell processes apart; the others say where it runs, and
 * who scraped it. */
static const struct {
    const char *name;
    bool is_one, of_sender, of_page;
} identities[] = {
    {"instance", true, true, true},
    {"pod", true, true, true},
    {"pod_name", true, true, true},
    {"k8s_pod_name", true, true, true},
    {"host", true, true, false},
    {"host_name", true, true, false},
    {"hostname", true, true, false},
    {"node", true, true, false},
    {"service_instance_id", true, true, true},
    {"container_id", true, true, true},
    {"replica", true, true, false},
    {"job", false, true, true},
    {"cluster", false, true, false},
    {"prometheus", false, true, false},
    {"prometheus_replica", false, true, false},
    {"__replica__", false, true, false},
    {"exported_instance", true, false, true},
    {"exported_pod", true, false, true},
    {"exported_job", false, false, true},
};

/* Names of senders as they are, and as OTLP's become labels: '.' is '_'. */
static bool is_name(struct str name, const char *of)
{
    if (name.n != strlen(of))
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != of[i] && !(name.p[i] == '.' && of[i] == '_'))
            return false;
    return true;
}

uint64_t identity_hash(const struct label *labels, size_t count, enum identity_kind kind,
                       bool *out_is_one)
{
    uint64_t hash = 0;
    *out_is_one = false;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof identities / sizeof *identities; k++) {
            bool counts =
                kind == IDENTITY_OF_PAGE ? identities[k].of_page : identities[k].of_sender;
            if (!counts || !is_name(labels[i].name, identities[k].name))
                continue;
            hash = series_form_add(hash, k + 1, series_hash(labels[i].value));
            *out_is_one = *out_is_one || identities[k].is_one;
            break;
        }
    }
    return hash;
}

uint64_t identity_of_made(struct str name, const struct label *labels, size_t count)
{
    static const char *const ends[] = {"_created", "_total", "_bucket", "_count", "_sum"};
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (!str_ends(name, ends[i]))
            continue;
        name = str_slice(name, 0, name.n - strlen(ends[i]));
        break;
    }
    for (size_t i = 0; i < count; i++) /* in any order */
        if (!str_is(labels[i].name, "le") && !str_is(labels[i].name, "target"))
            hash += series_mix(series_hash(labels[i].name), series_hash(labels[i].value));
    return series_form_add(hash, series_hash(name), 1);
}
