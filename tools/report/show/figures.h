/* The page's plots of findings. */
#ifndef BPGUARD_REPORT_FIGURES_H
#define BPGUARD_REPORT_FIGURES_H

#include <stdio.h>

#include "find/findings.h"

/* Nothing where there is nothing to plot. */
void figures_print(FILE *out, const struct findings *findings);

#endif
