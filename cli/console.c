#include "cli/console.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

static enum console_level least = CONSOLE_INFO;

int
console_parse_level(const char *name, enum console_level *out, struct error *err)
{
	static const char *const names[] = {
		[CONSOLE_DEBUG] = "debug",
		[CONSOLE_INFO] = "info",
		[CONSOLE_WARNING] = "warning",
		[CONSOLE_ERROR] = "error",
		[CONSOLE_CRITICAL] = "critical",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcasecmp(name, names[i]) == 0) {
			*out = (enum console_level)i;
			return 0;
		}
	}
	return error_set(err, REASON_USAGE, 0,
		"--log-level %s: expected DEBUG, INFO, WARNING, ERROR or CRITICAL",
		TEXT_QUOTE(name));
}

void
console_limit(enum console_level level)
{
	if (level > least)
		least = level;
}

void
console_say(enum console_level level, const char *format, ...)
{
	va_list args;

	if (level < least)
		return;
	fputs(level == CONSOLE_WARNING ? "nimgate: warning: " : "nimgate: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int
console_fail(const char *what, const struct error *err)
{
	fprintf(stderr, "%s: %s\n", what, err->text);
	return reason_status(err->reason);
}
