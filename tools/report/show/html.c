/* The report for a browser: one file, which needs no network and may use none. */
#include "show/figures.h"
#include "show/format.h"
#include "show/html_lists.h"
#include "show/html_parts.h"
#include "show/markup.h"
#include "show/page.h"
#include "show/words.h"

/* --- the answer --- */

static void put_answer(const struct html *html)
{
	const struct tally *tally = html->findings->tally;
	fputs("<header>\n<h1>bpguard report</h1>\n<p class=\"answer\">", html->out);
	words_failures(html->out, html->findings);
	if (tally->failures) {
		fputs("</p>\n<p>", html->out);
		words_lost(html->out, html->findings);
	}
	if (tally->records) {
		fputs("</p>\n<p>", html->out);
		words_span(html->out, html->findings);
	}
	fputs("</p>\n</header>\n", html->out);
}

static void put_problems(const struct html *html)
{
	const struct table *problems = &html->findings->tally->problems;
	if (!problems->count)
		return;
	fputs("<section class=\"problems\" aria-labelledby=\"problems\">\n"
	      "<h2 id=\"problems\">This report is partial</h2>\n<ul>\n",
	      html->out);
	for (uint32_t i = 0; i < problems->count; i++) {
		fputs("<li>", html->out);
		html_outside(html, table_text(problems, i));
		fputs("</li>\n", html->out);
	}
	fputs("</ul>\n</section>\n", html->out);
}

static void put_advice(const struct html *html)
{
	const struct findings *findings = html->findings;
	if (!findings->advice_count)
		return;
	fputs("<section aria-labelledby=\"todo\">\n<h2 id=\"todo\">What to do</h2>\n"
	      "<ul class=\"advice\">\n",
	      html->out);
	for (int i = 0; i < findings->advice_count; i++) {
		fputs("<li><p>", html->out);
		markup_text(html->out, findings->advice[i].text, HTML_LONGEST);
		fputs("</p>\n<p class=\"note\">Evidence: ", html->out);
		markup_text(html->out, findings->advice[i].evidence, HTML_LONGEST);
		fputs("</p></li>\n", html->out);
	}
	fputs("</ul>\n</section>\n", html->out);
}

/* --- the page --- */

/* Shown by page.js, without which it would do nothing. */
static void put_filters(const struct html *html)
{
	static const char *const keys[][2] = {
	    {"program", "Program"}, {"peer", "Peer"}, {"cause", "Cause"}};
	fputs("<form role=\"search\" id=\"filters\" hidden>\n<h2>Show only</h2>\n", html->out);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		fprintf(html->out,
			"<label>%s <input type=\"search\" data-key=\"%s\" autocomplete=\"off\" "
			"spellcheck=\"false\"></label>\n",
			keys[i][1], keys[i][0]);
	fputs("<button type=\"reset\">All</button>\n"
	      "<p class=\"note\" role=\"status\" id=\"count\"></p>\n</form>\n",
	      html->out);
}

/* Nothing may be loaded from anywhere, and no other script or style may be in it. */
static void put_beginning(const struct html *html)
{
	fprintf(html->out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"img-src data:; style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; "
		"form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<title>bpguard report</title>\n<style>%s</style>\n</head>\n<body>\n",
		page_css_hash, page_js_hash, page_css);
}

static void put_end(const struct html *html)
{
	fprintf(html->out,
		"</main>\n<footer><p class=\"note\">Made by bpguard report %s. Times are UTC.</p>"
		"</footer>\n<script>%s</script>\n</body>\n</html>\n",
		BPGUARD_VERSION, page_js);
}

void html_print(FILE *out, const struct findings *findings, const struct style *style)
{
	const struct html html = {out, findings};
	(void)style;
	put_beginning(&html);
	put_answer(&html);
	fputs("<main>\n", out);
	put_problems(&html);
	put_advice(&html);
	figures_print(out, findings);
	if (findings->tally->failures)
		put_filters(&html);
	html_put_hosts(&html);
	if (findings->tally->failures)
		html_put_lists(&html);
	put_end(&html);
}
