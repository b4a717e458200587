#include "gate/notes.h"

#include <stdarg.h>
#include <stdio.h>

void
notes_add(struct notes *notes, const char *format, ...)
{
	va_list args;

	if (notes->count == NOTES_MAX) {
		notes->left_out++;
		return;
	}
	va_start(args, format);
	vsnprintf(notes->texts[notes->count++], NOTES_TEXT_MAX, format, args);
	va_end(args);
}
