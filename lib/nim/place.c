#include "nim/place.h"

#include "base/error.h"
#include "base/node.h"

#include <stdarg.h>
#include <stdio.h>

int
place_refuse(const struct node *at, enum reason reason, struct error *err, const char *format, ...)
{
	char text[LIMIT_ERROR_TEXT + 1];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	error_set(err, reason, 0, "%s", text);
	return place_wrap(at, err);
}

int
place_wrap(const struct node *at, struct error *err)
{
	return error_wrap(err, "line %u, column %u", at->line, at->column);
}
