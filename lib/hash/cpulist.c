#include "hash/cpulist.h"

#include "base/text.h"

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The end of the decimal number that begins at AT. */
static const char *
end_of_number(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

/* Reads a number below CPULIST_MAX at *at, and passes over it. Returns 0 or -1. */
static int
parse_number(const char **at, const char *end, uint64_t *out)
{
	const char *stop = end_of_number(*at, end);

	if (text_parse_count(*at, (size_t)(stop - *at), out) || *out >= CPULIST_MAX)
		return -1;
	*at = stop;
	return 0;
}

/* Reads a number or a range, all at least LEAST, into LIST; *least then lies behind it. */
static int
parse_range(const char **at, const char *end, uint64_t *least, struct cpulist *list)
{
	uint64_t first, last;

	if (parse_number(at, end, &first))
		return -1;
	last = first;
	if (*at < end && **at == '-') {
		++*at;
		if (parse_number(at, end, &last) || last <= first)
			return -1;
	}
	if (first < *least)
		return -1;
	for (uint64_t i = first; i <= last; i++)
		cpulist_add(list, (size_t)i);
	*least = last + 1;
	return 0;
}

int
cpulist_parse(const char *text, size_t length, struct cpulist *out)
{
	const char *at = text, *end = text + length;
	struct cpulist list = { { 0 } };
	uint64_t least = 0;

	if (length && end[-1] == '\n')
		end--;
	while (at < end) {
		if (parse_range(&at, end, &least, &list))
			return -1;
		if (at == end)
			break;
		if (*at != ',' || at + 1 == end)
			return -1;
		at++;
	}
	*out = list;
	return 0;
}

/* The first number from START on that is (WANTED) or is not in the list; CPULIST_MAX: none. */
static size_t
find_next(const struct cpulist *list, size_t start, bool wanted)
{
	while (start < CPULIST_MAX && cpulist_has(list, start) != wanted)
		start++;
	return start;
}

char *
cpulist_format(const struct cpulist *list, char out[static CPULIST_TEXT_BYTES])
{
	static const char cut[] = "...";
	size_t used = 0, first, end;

	out[0] = '\0';
	for (first = find_next(list, 0, true); first < CPULIST_MAX;
		first = find_next(list, end, true)) {
		char range[32];
		int length;

		end = find_next(list, first, false);
		length = snprintf(range, sizeof(range), end - first > 1 ? "%s%zu-%zu" : "%s%zu",
			used ? "," : "", first, end - 1);
		if (used + (size_t)length + sizeof(cut) > CPULIST_TEXT_BYTES) {
			memcpy(out + used, cut, sizeof(cut));
			break;
		}
		memcpy(out + used, range, (size_t)length + 1);
		used += (size_t)length;
	}
	return out;
}

void
cpulist_add(struct cpulist *list, size_t number)
{
	list->words[number / CPULIST_WORD_BITS] |= 1ul << number % CPULIST_WORD_BITS;
}

bool
cpulist_has(const struct cpulist *list, size_t number)
{
	return list->words[number / CPULIST_WORD_BITS] >> number % CPULIST_WORD_BITS & 1;
}

size_t
cpulist_count(const struct cpulist *list)
{
	size_t count = 0;

	for (size_t i = 0; i < CPULIST_WORDS; i++)
		count += (size_t)__builtin_popcountl(list->words[i]);
	return count;
}

void
cpulist_unite(struct cpulist *list, const struct cpulist *more)
{
	for (size_t i = 0; i < CPULIST_WORDS; i++)
		list->words[i] |= more->words[i];
}

void
cpulist_intersect(struct cpulist *list, const struct cpulist *other)
{
	for (size_t i = 0; i < CPULIST_WORDS; i++)
		list->words[i] &= other->words[i];
}

struct cpulist
cpulist_allowed(void)
{
	struct cpulist list = { { 0 } };

	if (sched_getaffinity(0, sizeof(list.words), (cpu_set_t *)list.words))
		list = (struct cpulist){ { 0 } };
	return list;
}
