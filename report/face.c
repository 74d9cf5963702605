#include "face.h"

#include <string.h>

static const struct face faces[] = {
    {"text", 10, false, text_print},
    {"json", 100, false, json_print},
    {"html", 1000, true, html_print},
    {"prometheus", 50, false, prometheus_print},
};

const char face_names[] = "text, json, html or prometheus";

const struct face *face_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(faces) / sizeof(faces[0]); i++)
		if (strcmp(faces[i].name, name) == 0)
			return &faces[i];
	return NULL;
}
