/* A record as a line of JSON: the contract's names, absent fields left out. */
#ifndef BPGUARD_JSON_H
#define BPGUARD_JSON_H

#include <stddef.h>

#include "record/record.h"

/* Writes the line with its newline to `line`; returns its length. Async-signal-safe. */
size_t json_format(const struct record *record, char *line, size_t size);

#endif
