/* page.css and page.js as they stand in the page, made by the Makefile; and of each the base64 of
 * its SHA-256, by which the page's policy allows it and nothing else. */
#ifndef BPGUARD_REPORT_PAGE_H
#define BPGUARD_REPORT_PAGE_H

extern const char page_css[], page_css_hash[];
extern const char page_js[], page_js_hash[];

#endif
