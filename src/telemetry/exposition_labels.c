/* exposition_labels.c - the labels of a sample, with names and values in quotes. */
#include "telemetry/exposition.h"

static struct str skip_blanks(struct str s)
{
    size_t i = 0;
    while (i < s.n && byte_is_blank(s.p[i]))
        i++;
    return str_from(s, i);
}

struct str exposition_unescape(struct str raw, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '\\' && i + 1 < raw.n) {
            c = raw.p[++i];
            if (c == 'n')
                c = '\n';
            else if (c != '\\' && c != '"')
                out[n++] = '\\'; /* as Prometheus: an unknown escape stands for itself */
        }
        out[n++] = c;
    }
    return (struct str){out, n};
}

/* The value between quotes at the front of *rest; escapes: \\ \" \n. */
static bool read_quoted(struct arena *arena, struct str *rest, struct str *out_value)
{
    if (rest->n == 0 || rest->p[0] != '"')
        return false;
    size_t end = 1;
    bool escaped = false;
    while (end < rest->n && rest->p[end] != '"') {
        if (rest->p[end] == '\\') {
            escaped = true;
            end++;
        }
        end++;
    }
    if (end >= rest->n)
        return false;
    struct str raw = str_slice(*rest, 1, end);
    *rest = skip_blanks(str_from(*rest, end + 1));
    if (!escaped) {
        *out_value = raw;
        return true;
    }
    *out_value = exposition_unescape(raw, arena_alloc(arena, raw.n + 1));
    return true;
}

/* In quotes it may be any text. */
static bool read_label_name(struct arena *arena, struct str *rest, struct str *out_name)
{
    if (rest->n > 0 && rest->p[0] == '"')
        return read_quoted(arena, rest, out_name) && out_name->n > 0 &&
               str_utf8_valid(*out_name, NULL);
    size_t n = exposition_name_length(*rest);
    *out_name = str_slice(*rest, 0, n);
    *rest = skip_blanks(str_from(*rest, n));
    return n > 0;
}

bool exposition_parse_labels(struct arena *arena, struct str labels,
                             struct label out_labels[LABELS_MAX], size_t *out_count,
                             struct err *err)
{
    size_t count = 0;
    struct str rest = skip_blanks(labels);
    while (rest.n > 0) {
        if (count == LABELS_MAX)
            return err_set(err, ERR_OUTSIDE, NULL, "a series has more than %d labels", LABELS_MAX);
        struct label *label = &out_labels[count];
        if (!read_label_name(arena, &rest, &label->name) || rest.n == 0 || rest.p[0] != '=')
            return err_set(err, ERR_OUTSIDE, NULL, "a label is not written name=\"value\": {%.*s}",
                           STR_ARGS(str_slice(labels, 0, 200)));
        rest = skip_blanks(str_from(rest, 1));
        if (!read_quoted(arena, &rest, &label->value))
            return err_set(err, ERR_OUTSIDE, NULL, "the value of label %.*s is not in quotes",
                           STR_ARGS(label->name));
        for (size_t i = 0; i < count; i++)
            if (str_equal(out_labels[i].name, label->name))
                return err_set(err, ERR_OUTSIDE, NULL, "label %.*s stands twice in one series",
                               STR_ARGS(label->name));
        count++;
        if (rest.n == 0)
            break;
        if (rest.p[0] != ',')
            return err_set(err, ERR_OUTSIDE, NULL, "labels are not parted by commas: {%.*s}",
                           STR_ARGS(str_slice(labels, 0, 200)));
        rest = skip_blanks(str_from(rest, 1));
    }
    *out_count = count;
    return true;
}
