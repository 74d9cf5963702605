/* Errors before the terminal is taken, or after it was given back. */
#ifndef BPGUARD_TOP_REFUSE_H
#define BPGUARD_TOP_REFUSE_H

/* Ends the program: one line on standard error, "bpguard top: WHAT: WHY", and status 125. */
__attribute__((noreturn)) void refuse(const char *what, const char *why);

#endif
