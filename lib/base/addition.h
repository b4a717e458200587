/*
 * What somebody else added to a JSON text: exactly what was asked of him, in one place, or not.
 *
 * No parser: it compares the two texts from both ends, and looks at what is left. So the text can
 * be understood, and changed, by somebody who is not trusted with it: he can choose the place,
 * outside of every string, and nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct addition {
	const char *before; /* borrowed, LENGTH bytes: well-formed JSON */
	size_t length;
	const char *after; /* borrowed, AFTER_LENGTH bytes */
	size_t after_length;
};

/*
 * True if AFTER is BEFORE with one of the COUNT FORMS added at one place: white space beside it
 * apart, maybe behind a comma, maybe in the place of a null. A form is JSON whose brackets close
 * within it, so that the rest of the text stays what it is.
 */
bool addition_is_one_of(const struct addition *addition, const char *const *forms, size_t count)
	__attribute__((nonnull));
