#include "show/format.h"

#include <string.h>

static const struct format formats[] = {
    {"text", 10, false, text_print},
    {"json", 100, false, json_print},
    {"html", 1000, true, html_print},
    {"prometheus", 50, false, prometheus_print},
};

const char format_names[] = "text, json, html or prometheus";

const struct format *format_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
