/* What can be executed and guarded, and why not. */
#ifndef BPGUARD_GUARDABLE_H
#define BPGUARD_GUARDABLE_H

struct verdict {
	int status;	    /* 0: can be guarded; else STATUS_... of complain.h */
	const char *reason; /* "NAME: what it is", or why it cannot */
};

/* Judges `file`, which the reason calls `name`. A script is judged by its interpreter. */
struct verdict guardable(const char *file, const char *name);

/* The path of `program`; ends the program with a message where it cannot be guarded. */
const char *guardable_require(const char *program);

#endif
