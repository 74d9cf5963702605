/* What to do, by the findings. Each piece of advice stands on counts, and names them. */
#ifndef BPGUARD_REPORT_ADVICE_H
#define BPGUARD_REPORT_ADVICE_H

#include "find/findings.h"

/* Adds to findings->advice what there is to do. */
void advice_make(struct findings *findings);

#endif
