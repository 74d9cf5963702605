#include "face.h"

#include <string.h>

static const struct face faces[] = {
    {"text", 10, text_print},
    {"json", 100, json_print},
};

const char face_names[] = "text or json";

const struct face *face_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(faces) / sizeof(faces[0]); i++)
		if (strcmp(faces[i].name, name) == 0)
			return &faces[i];
	return NULL;
}
