/* A recording's own file, bpguard.recording: a line for each thing that it says of itself. */
#ifndef BPGUARD_REPORT_RECORDING_H
#define BPGUARD_REPORT_RECORDING_H

/* The rest of the line that begins with `word`, "host " or "live ", as a string of the caller's;
 * null where there is none, or it is empty. */
char *recording_says(const char *directory, const char *word);

#endif
