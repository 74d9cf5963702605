/* What ends bpguard-report. */
#ifndef BPGUARD_REPORT_FAIL_H
#define BPGUARD_REPORT_FAIL_H

/* One line on standard error, "bpguard report: WHAT: WHY", and status 125. */
__attribute__((noreturn)) void fail(const char *what, const char *why);

#endif
