/* test_document.c - the runbook laid out: the structures of Markdown, an address for every line,
 * and nothing of the document that could act. */
#include "face/page.h"
#include "harness/test.h"
#include "sample_view.h"

static bool holds(struct str s, const char *part)
{
    return str_find(s, part, 0) < s.n;
}

/* The article of the page of a document. */
static struct str lay_out(struct arena *arena, const char *source)
{
    struct program *program = NULL;
    struct err err = {0};
    struct text text;
    CHECK_OK(program_read(arena, STR("RUNBOOK.md"), str_of(source), &program, &err), &err);
    struct page_view view = sample_view(arena, program, true);
    text_init(&text, arena, 8 * 1024 * 1024);
    page_write(&text, &view);
    struct str page = text_str(&text);
    size_t from = str_find(page, "<article", 0);
    size_t to = str_find(page, "</article>", from);
    CHECK(from < page.n && to < page.n);
    return str_slice(page, from, to);
}

static struct {
    const char *source, *html[3];
} cases[] = {
    {"Title\n=====\n\nPart\n----\n",
     {"<h1 class=\"said\">Title</h1>", "<h2 class=\"said\">Part</h2>"}},
    {"a [words][ref] b\n\n[ref]: https://a.example/x \"T\"\n",
     {"<a rel=\"noreferrer noopener\" href=\"https://a.example/x\">words</a>"}},
    {"> one\n>\n> > two\n", {"<blockquote>", "</div></div>\n<blockquote>"}},
    {"- a\n  - b\n    1. c\n\n  more\n",
     {"<li><div class=\"row item\"", "<ul>", "<p class=\"said\">more</p>"}},
    {"3. three\n4. four\n", {"<ol start=\"3\">"}},
    {"| a | b | c |\n|:-:|--:|---|\n| 1 | 2 | 3 |\n",
     {"<th scope=\"col\" class=\"center\">a</th>", "<td class=\"right\">2</td>", "<td>3</td>"}},
    {"one  \n**two  \nthree**\n",
     {"<p class=\"said\">one</p>", "<p class=\"said\"><strong>two</strong></p>",
      "<p class=\"said\"><strong>three</strong></p>"}},
    {"\\*not\\* 1 \\< 2 &copy; &amp; `a < b`\n",
     {"*not* 1 &lt; 2 &copy; &amp; <code>a &lt; b</code>"}},
    {"See https://a.example/b?c=1&d=2 and <https://e.example> and me@f.example.\n",
     {"href=\"https://a.example/b?c=1&amp;d=2\">", "href=\"https://e.example\"",
      "href=\"mailto:me@f.example\">me@f.example</a>."}},
    {"# The First Part!\n\n[up](#the-first-part) [gone](#nowhere) [file](docs/x.md)\n",
     {"<a href=\"#L1\">up</a>", "<span class=\"address\" title=\"#nowhere\">gone</span>",
      "<span class=\"address\" title=\"docs/x.md\">file</span>"}},
    {"![a *plan*](https://a.example/p.png)\n",
     {"href=\"https://a.example/p.png\">Picture: a plan</a>"}},
    {"- [x] done\n- [ ] open\n",
     {"aria-label=\"ticked\"", "aria-label=\"to tick\"", "<li class=\"task\">"}},
    {"a<br>b <!-- c --> d <kbd>e</kbd> of <the-service>\n", {"a<br>b  d e of &lt;the-service&gt;"}},
    {"<table>\n<tr><td class=\"x\">cell\n</td></tr></table>\n", {"<div class=\"said\">", "cell"}},
    {"~~gone~~ _slanted_ **bold**\n", {"<del>gone</del> <em>slanted</em> <strong>bold</strong>"}},
    {"```sh\na\n\nb <c>\n```\n",
     {"id=\"L2\"><div class=\"words\">", "id=\"L4\"", "<code>b &lt;c&gt;</code>"}},
};

TEST(each_structure_of_markdown_is_laid_out)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str html = lay_out(arena, cases[i].source);
        for (size_t k = 0; k < 3 && cases[i].html[k]; k++)
            if (!holds(html, cases[i].html[k]))
                test_fail(__FILE__, __LINE__, "%s is laid out without %s:\n%.*s", cases[i].source,
                          cases[i].html[k], STR_ARGS(html));
    }
}

TEST(comments_are_no_words_but_keep_their_address)
{
    struct str html = lay_out(arena, "a\n\n<!-- secret\nwords -->\n\nb\n");
    CHECK(!holds(html, "secret"));
    CHECK(holds(html, "<span id=\"L3\"></span><span id=\"L4\"></span>"));
}

/* Every line with words has its own id, exactly once. */
static void check_addresses(struct arena *arena, const char *source)
{
    struct str html = lay_out(arena, source);
    struct str rest = str_of(source);
    struct str line;
    for (int number = 1; str_split(&rest, '\n', &line); number++) {
        struct str id = str_printf(arena, " id=\"L%d\"", number);
        size_t at = str_find(html, id.p, 0);
        if (str_trim(line).n == 0)
            continue;
        if (at >= html.n || str_find(html, id.p, at + 1) < html.n)
            test_fail(__FILE__, __LINE__, "Line %d has no address or two: %.*s", number,
                      STR_ARGS(line));
    }
}

TEST(every_line_is_addressable)
{
    check_addresses(
        arena,
        "---\nkey: value\n---\n# T\nwords\nthat go on\n\n---\n\n- a\n  goes on\n  - b\n\n"
        "    ```sh\n    c\n\n    d\n    ```\n- \n- e\n\n[r]: https://a.example\n\n> q\n> q2\n"
        ">> deep\n\n| h | i |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n<div>\nx\n</div>\n\n"
        "Last  \nline\n====\n\n    code\n\n    more\n\n![p\nq](x.png)\n\n<!-- end -->\n");
    check_addresses(arena, "words\n| h | i |\n|---|---|\n| 1 | 2 |\nafter\n");
}

/* Tags and attributes that could act, in text that the browser would take for them. */
static const char *const attacks[] = {
    "<script>alert(1)</script>\n",
    "words <script src=//a.example/x.js></script>\n",
    "<img src=x onerror=alert(1)>\n",
    "<details open ontoggle=alert(1)><summary>x</summary></details>\n",
    "<svg onload=alert(1)><script>alert(1)</script></svg>\n",
    "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](&#106;avascript:alert(1))\n",
    "[a](vbscript:x) [b](data:text/html;base64,PHNjcmlwdD4=) <javascript:alert(1)>\n",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+) ![y](javascript:alert(1))\n",
    "[a](https://a.example/\"onmouseover=\"alert(1)) [b](https://b.example/'><script>)\n",
    "[a]: javascript:alert(1)\n\n[a] and [b][a]\n",
    "# <script>alert(1)</script>\n\n- [ ] <img src=x onerror=alert(1)>\n",
    "| <script>alert(1)</script> | b |\n|---|---|\n| <img src=x onerror=alert(1)> | `<script>` |\n",
    "```html\n<script>alert(1)</script>\n</code></div><script>alert(1)</script>\n```\n",
    "    </code><script>alert(1)</script>\n",
    "<!-- --><script>alert(1)</script>\n\n<!-- --!><img src=x onerror=alert(1)> -->\n",
    "a <!-- --> <img src=x onerror=alert(1)> <!-- x --!> b\n",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;\n",
    "<https://a.example/\"><script>alert(1)</script>\n",
    "www.a.example/\"onclick=alert(1) http://b.example/<script>\n",
};

TEST(nothing_of_the_document_can_act)
{
    static const char *const forbidden[] = {
        "<script",      "<img",        "<svg id",     "<iframe",      " onerror=\"", " onload=\"",
        " ontoggle=\"", " onclick=\"", "href=\"java", "href=\"data:", "href=\"vb",   "href=\"&#",
        "src=\"",       "<svg onload", "\"onmouse",   "\"onclick"};
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        struct str html = lay_out(arena, attacks[i]);
        for (size_t k = 0; k < sizeof forbidden / sizeof *forbidden; k++)
            if (str_find_nocase(html, forbidden[k], 0) < html.n)
                test_fail(__FILE__, __LINE__, "%s gives %s:\n%.*s", attacks[i], forbidden[k],
                          STR_ARGS(html));
        /* No tag has an attribute that begins with "on". */
        bool in_tag = false;
        for (size_t at = 0; at + 3 < html.n; at++) {
            in_tag = html.p[at] == '<' || (in_tag && html.p[at] != '>');
            if (in_tag && html.p[at] == ' ' && str_starts_nocase(str_from(html, at + 1), "on"))
                test_fail(__FILE__, __LINE__, "%s gives an event attribute:\n%.*s", attacks[i],
                          STR_ARGS(html));
        }
    }
}

TEST(deep_and_long_words_are_laid_out_or_shown_as_written)
{
    struct text source;
    text_init(&source, arena, 1024 * 1024);
    for (int i = 0; i < 200; i++)
        text_adds(&source, "*a **b ");
    for (int i = 0; i < 200; i++)
        text_adds(&source, "b** a*");
    text_adds(&source, "\n\nlast\n");
    struct str html = lay_out(arena, text_str(&source).p);
    CHECK(holds(html, "id=\"L1\"") && holds(html, "last"));
}
