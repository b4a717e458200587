#include "gate/lock.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "nim/ngc_ref.h"

#include <string.h>

#define FIRST_LINE "# nimgate models.lock 1"
#define ALGORITHM  "sha256:"

enum { SIGNER_BYTES = 1024 };

/* One line, cut into its fields. */
struct line {
	const char *at;
	const char *end;
	size_t number; /* from 1 */
};

static int
refuse(const struct line *line, struct error *err, const char *what)
{
	return error_set(err, REASON_CONFIG, 0, "line %zu: %s", line->number, what);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next field, up to a blank; its length in *length, 0 at the end of the line. */
static const char *
next_field(struct line *line, size_t *length)
{
	const char *field;

	while (line->at < line->end && is_blank(*line->at))
		line->at++;
	field = line->at;
	while (line->at < line->end && !is_blank(*line->at))
		line->at++;
	*length = (size_t)(line->at - field);
	return field;
}

/* A copy of the next field, with a NUL. */
static int
copy_field(struct line *line, char *out, size_t size)
{
	size_t length;
	const char *field = next_field(line, &length);

	if (length == 0 || length >= size)
		return -1;
	memcpy(out, field, length);
	out[length] = '\0';
	return 0;
}

/* As ngc_ref_format() would write it, so that a version has one name. */
static int
read_version(struct line *line, char out[static LIMIT_NAME_BYTES], struct error *err)
{
	struct ngc_ref ref;
	struct error cause;

	if (copy_field(line, out, LIMIT_NAME_BYTES))
		return refuse(line, err, "expected an NGC version, its digest and a time");
	if (ngc_ref_parse(out, &ref, &cause) || strcmp(NGC_REF_TEXT(&ref), out) != 0)
		return error_set(err, REASON_CONFIG, 0,
			"line %zu: %s: expected org/team/model:version", line->number,
			TEXT_QUOTE(out));
	return 0;
}

static int
read_digest(struct line *line, struct digest *out, struct error *err)
{
	const size_t prefix = strlen(ALGORITHM);
	size_t length;
	const char *field = next_field(line, &length);

	*out = (struct digest){ .algorithm = DIGEST_SHA256 };
	if (length <= prefix || memcmp(field, ALGORITHM, prefix) != 0 ||
		text_parse_hex(
			field + prefix, length - prefix, out->bytes, digest_size(DIGEST_SHA256)))
		return refuse(line, err, "expected sha256: and 64 hexadecimal digits");
	return 0;
}

static int
read_time(struct line *line, int64_t *out, struct error *err)
{
	char text[32];

	/* A date alone would leave open when on that day. */
	if (copy_field(line, text, sizeof(text)) || !strchr(text, 'T') || clock_parse(text, out))
		return refuse(line, err, "expected a time such as 2026-11-25T12:00:00Z");
	return 0;
}

static bool
is_printable(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

/* The rest of the line, which nothing depends on. */
static void
read_signer(struct line *line, char out[static SIGNER_BYTES])
{
	size_t length;

	while (line->at < line->end && is_blank(*line->at))
		line->at++;
	while (line->end > line->at && (is_blank(line->end[-1]) || line->end[-1] == '\r'))
		line->end--;
	length = (size_t)(line->end - line->at);
	/* What is printable stays as it was written, however often. */
	if (length < SIGNER_BYTES && is_printable(line->at, length))
		snprintf(out, SIGNER_BYTES, "%.*s", (int)length, line->at);
	else
		text_escape(out, SIGNER_BYTES, line->at, length);
}

/* Where VERSION is, or would be. */
static size_t
place_of(const struct lock *lock, const char *version)
{
	size_t low = 0, high = lock->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(lock->entries[middle].version, version) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const struct lock *lock, size_t place, const char *version)
{
	return place < lock->count && strcmp(lock->entries[place].version, version) == 0;
}

static void
release_entry(struct lock_entry *entry)
{
	free(entry->version);
	free(entry->signer);
	*entry = (struct lock_entry){ 0 };
}

static int
copy_entry(const struct lock_entry *entry, struct lock_entry *out, struct error *err)
{
	struct lock_entry copy = *entry;

	copy.version = strdup(entry->version);
	copy.signer = strdup(entry->signer);
	if (!copy.version || !copy.signer) {
		release_entry(&copy);
		return error_no_memory(err);
	}
	*out = copy;
	return 0;
}

int
lock_put(struct lock *lock, const struct lock_entry *entry, bool *replaced, struct error *err)
{
	size_t place = place_of(lock, entry->version);
	struct lock_entry copy;

	*replaced = is_at(lock, place, entry->version);
	if (!*replaced && lock->count == LIMIT_LOCK_ENTRIES)
		return error_set(
			err, REASON_CONFIG, 0, "more than %d versions", LIMIT_LOCK_ENTRIES);
	if (copy_entry(entry, &copy, err))
		return -1;
	if (*replaced) {
		release_entry(&lock->entries[place]);
		lock->entries[place] = copy;
		return 0;
	}
	if (mem_grow((void **)&lock->entries, lock->count, &lock->capacity,
		    sizeof(*lock->entries))) {
		release_entry(&copy);
		return error_no_memory(err);
	}
	memmove(&lock->entries[place + 1], &lock->entries[place],
		(lock->count - place) * sizeof(*lock->entries));
	lock->entries[place] = copy;
	lock->count++;
	return 0;
}

static int
read_line(struct line *line, struct lock *out, struct error *err)
{
	char version[LIMIT_NAME_BYTES], signer[SIGNER_BYTES];
	struct lock_entry entry = { .version = version, .signer = signer };
	bool twice;

	if (read_version(line, version, err) || read_digest(line, &entry.payload, err) ||
		read_time(line, &entry.locked_s, err))
		return -1;
	read_signer(line, signer);
	/* Of two the later would win, whichever was meant. */
	if (is_at(out, place_of(out, version), version))
		return refuse(line, err, "that version has a line already");
	if (lock_put(out, &entry, &twice, err))
		return error_wrap(err, "line %zu", line->number);
	return 0;
}

/* Blank lines and comments; the first line says which format it is. */
static bool
is_comment(const struct line *line)
{
	const char *at = line->at;

	while (at < line->end && (is_blank(*at) || *at == '\r'))
		at++;
	return at == line->end || *at == '#';
}

static bool
starts_right(const char *bytes, size_t length)
{
	const size_t first = strlen(FIRST_LINE);

	return length >= first && memcmp(bytes, FIRST_LINE, first) == 0 &&
	       (length == first || bytes[first] == '\n' || bytes[first] == '\r');
}

int
lock_parse(const char *bytes, size_t length, struct lock *out, struct error *err)
{
	cleanup_lock struct lock lock = { 0 };
	const char *at = bytes, *end = bytes + length;
	struct line line = { .number = 0 };

	if (memchr(bytes, '\0', length) || !starts_right(bytes, length))
		return error_set(err, REASON_CONFIG, 0, "line 1: expected '%s'", FIRST_LINE);
	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));

		line.at = at;
		line.end = feed ? feed : end;
		line.number++;
		at = feed ? feed + 1 : end;
		if (!is_comment(&line) && read_line(&line, &lock, err))
			return -1;
	}
	*out = lock;
	lock = (struct lock){ 0 };
	return 0;
}

int
lock_read(const char *path, struct lock *out, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };

	if (file_read_trusted(path, LIMIT_LOCK_BYTES, &file, err))
		return error_wrap(err, "lock file");
	if (lock_parse(file.bytes, file.length, out, err))
		return error_wrap(err, "lock file %s", TEXT_QUOTE(path));
	return 0;
}

void
lock_write(const struct lock *lock, struct writer *writer)
{
	char time[32];

	writer_format(writer, FIRST_LINE
		"\n"
		"# NGC version, SHA-256 of the signed payload, time of locking, signer. nimgate lock add|check|diff\n");
	for (size_t i = 0; i < lock->count; i++) {
		const struct lock_entry *entry = &lock->entries[i];

		writer_format(writer, "%s " ALGORITHM "%s %s%s%s\n", entry->version,
			digest_format(&entry->payload).text, clock_format(entry->locked_s, time),
			entry->signer[0] ? " " : "", entry->signer);
	}
}

const struct lock_entry *
lock_find(const struct lock *lock, const struct ngc_ref *ref)
{
	size_t place = place_of(lock, NGC_REF_TEXT(ref));

	return is_at(lock, place, NGC_REF_TEXT(ref)) ? &lock->entries[place] : NULL;
}

bool
lock_remove(struct lock *lock, const struct ngc_ref *ref)
{
	size_t place = place_of(lock, NGC_REF_TEXT(ref));

	if (!is_at(lock, place, NGC_REF_TEXT(ref)))
		return false;
	release_entry(&lock->entries[place]);
	lock->count--;
	memmove(&lock->entries[place], &lock->entries[place + 1],
		(lock->count - place) * sizeof(*lock->entries));
	return true;
}

int
lock_check(const struct lock *lock, const struct ngc_ref *ref, const struct digest *payload,
	struct error *err)
{
	const struct lock_entry *entry = lock_find(lock, ref);

	if (!entry)
		return error_set(err, REASON_LOCK, 0,
			"%s: not in the lock file; nimgate lock add puts it there",
			NGC_REF_TEXT(ref));
	if (digest_equal(&entry->payload, payload))
		return 0;
	return error_set(err, REASON_LOCK, 0,
		"%s: signed payload sha256 %s, but the lock file accepts %s", NGC_REF_TEXT(ref),
		digest_format(payload).text, digest_format(&entry->payload).text);
}

void
lock_release(struct lock *lock)
{
	for (size_t i = 0; i < lock->count; i++)
		release_entry(&lock->entries[i]);
	free(lock->entries);
	*lock = (struct lock){ 0 };
}
