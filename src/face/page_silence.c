/* page_silence.c - silencing a job or an alert from elsewhere beside it, and ending its silence. */
#include "face/page_internal.h"

static void hidden_write(struct text *text, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    text_printf(text, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    text_html(text, value);
    text_adds(text, "\">");
}

static void end_write(struct text *text, const struct silence_form *form)
{
    text_adds(text, "<p class=\"silenced\">");
    text_html_visible(text, form->muted);
    text_printf(text,
                "</p><form method=\"post\" action=\"/do/silence/end\" class=\"say\"><input "
                "type=\"hidden\" name=\"number\" value=\"%lld\">",
                (long long)form->silence);
    back_write(text, STR("/"));
    text_printf(text, "<button>End silence %lld</button></form>", (long long)form->silence);
}

void silence_form_write(struct text *text, const struct silence_form *form)
{
    if (form->silence > 0) {
        end_write(text, form);
        return;
    }
    text_adds(text, "<details class=\"silence\"><summary>Silence</summary><form method=\"post\" "
                    "action=\"/do/silence/add\" class=\"say\">");
    hidden_write(text, "heartbeat", form->heartbeat);
    hidden_write(text, "sender", form->sender);
    hidden_write(text, "key", form->key);
    back_write(text, STR("/"));
    text_adds(text, "<label><span class=\"unseen\">Why ");
    text_html_visible(text, form->name);
    text_adds(text, " is silenced</span><input name=\"reason\" required maxlength=\"400\" "
                    "autocomplete=\"off\" placeholder=\"Why?\"></label><label><span "
                    "class=\"unseen\">How long ");
    text_html_visible(text, form->name);
    text_adds(text, " is silenced</span><input name=\"for\" required maxlength=\"20\" "
                    "value=\"2h\"></label><button>Silence it</button></form></details>");
}
