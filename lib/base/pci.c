#include "base/pci.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One field of the address and what ends it. */
struct field {
	size_t digits; /* at most */
	uint64_t limit;
	unsigned int bits; /* that it takes in the number */
	char end;
};

static const struct field fields[] = {
	{ 8, UINT32_MAX, 32, ':' },
	{ 2, 255, 8, ':' },
	{ 2, 31, 5, '.' },
	{ 1, 7, 3, '\0' },
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

/* The value of a lower or upper case digit, or 16. */
static unsigned int
digit_value(char digit)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? (unsigned int)(found - digits) % 16 : 16;
}

/* Reads FIELD at *at, before END, and its end. Returns 0 or -1. */
static int
parse_field(const struct field *field, const char **at, const char *end, uint64_t *out)
{
	const char *start = *at;
	uint64_t value = 0;

	for (; *at < end && digit_value(**at) < 16; ++*at)
		if ((size_t)(*at - start) < field->digits)
			value = value << 4 | digit_value(**at);
	if (*at == start || (size_t)(*at - start) > field->digits || value > field->limit)
		return -1;
	*out = value;
	if (!field->end)
		return *at == end ? 0 : -1;
	if (*at == end || **at != field->end)
		return -1;
	++*at;
	return 0;
}

int
pci_parse(const char *text, size_t length, uint64_t *out)
{
	const char *at = text;
	uint64_t address = 0, value;

	for (size_t i = 0; i < FIELDS; i++) {
		if (parse_field(&fields[i], &at, text + length, &value))
			return -1;
		address = address << fields[i].bits | value;
	}
	*out = address;
	return 0;
}

char *
pci_format(uint64_t address, char out[static PCI_TEXT_BYTES])
{
	snprintf(out, PCI_TEXT_BYTES, "%04" PRIx32 ":%02x:%02x.%x", (uint32_t)(address >> 16),
		(unsigned int)(address >> 8) & 255, (unsigned int)(address >> 3) & 31,
		(unsigned int)address & 7);
	return out;
}
