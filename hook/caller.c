#include "hook/caller.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/memfile.h"
#include "base/text.h"
#include "gate/parser.h"
#include "guard/contain.h"
#include "hook/admit.h"
#include "oci/state_text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

enum { FIRST_BYTES = 4 << 10 /* most states fit */ };

/* In front of each read, so that a runtime that goes on writing is waited for, but not for ever. */
static int
await_input(int64_t end_ms, struct error *err)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t left = end_ms - clock_monotonic_ms();
	int ready;

	do
		ready = poll(&input, 1, left > 0 ? (int)left : 0);
	while (ready < 0 && errno == EINTR);
	if (ready > 0)
		return 0;
	return error_set_os(err, REASON_UNSEEN, ready ? errno : ETIMEDOUT,
		"the container's state on standard input does not come to its end");
}

/* The state's bytes: as many as have come in time, LIMIT_STATE_BYTES at most. */
static int
read_state(struct file_bytes *out, struct error *err)
{
	const int64_t end_ms = clock_monotonic_ms() + LIMIT_STATE_MS;
	cleanup_bytes struct file_bytes state = { 0 };
	size_t capacity = FIRST_BYTES;
	ssize_t got;

	state.bytes = malloc(capacity);
	if (!state.bytes)
		return error_no_memory(err);
	do {
		if (mem_grow((void **)&state.bytes, state.length, &capacity, 1))
			return error_no_memory(err);
		if (await_input(end_ms, err))
			return -1;
		got = read(STDIN_FILENO, state.bytes + state.length, capacity - state.length);
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return error_set_os(err, REASON_IO, errno,
				"the container's state on standard input cannot be read");
		state.length += got > 0 ? (size_t)got : 0;
		if (state.length > LIMIT_STATE_BYTES)
			return error_set(err, REASON_UNSEEN, EFBIG,
				"the container's state on standard input: larger than %d bytes",
				LIMIT_STATE_BYTES);
	} while (got);
	*out = state;
	state = (struct file_bytes){ 0 };
	return 0;
}

static int
find_start(struct parser *parser, struct state *out, struct error *err)
{
	cleanup_bytes struct file_bytes bytes = { 0 };
	cleanup_fd int copy = -1;
	struct state state;

	if (read_state(&bytes, err))
		return -1;
	/* For the parser, which can change neither ours nor these. */
	copy = memfile_make("state", bytes.bytes, bytes.length, err);
	/* Not sooner: what we write from the fork on is copied page by page. */
	if (copy < 0 || parser_start(PARSER_CONTAINER, parser, err) ||
		parser_state(parser, copy, &state, err) ||
		state_text_check(bytes.bytes, bytes.length, &state, err))
		return -1;
	*out = state;
	return 0;
}

/* config.json of the container: a regular file, no link, that others cannot write. */
static int
open_config(const char *oci_bundle, struct error *err)
{
	char path[LIMIT_NAME_BYTES];
	struct stat st;
	cleanup_fd int fd = -1;

	if (snprintf(path, sizeof(path), "%s/config.json", oci_bundle) >= (int)sizeof(path))
		return error_set(err, REASON_UNSEEN, 0, "the bundle's path is too long");
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_set_os(err, REASON_UNSEEN, errno, "%s", TEXT_QUOTE(path));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return error_set(err, REASON_UNSEEN, 0, "%s: not a regular file", TEXT_QUOTE(path));
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return error_set(err, REASON_UNSEEN, 0, "%s: others than root can write it",
			TEXT_QUOTE(path));
	return take_fd(&fd);
}

static void
explain_containment(const struct admission *admission)
{
	const int landlock = contain_landlock();

	if (landlock)
		admit_explain(admission, "containment: filters, Landlock %d", landlock);
	else
		admit_explain(admission, "containment: filters; this kernel has no Landlock");
}

int
caller_read(struct admission *admission, struct parser *parser, struct error *err)
{
	struct state *state = &admission->state;
	cleanup_fd int config = -1;

	if (admission->options->explain)
		explain_containment(admission);
	if (find_start(parser, state, err))
		return -1;
	admit_explain(admission, "container %s: process %d, bundle %s", TEXT_QUOTE(state->id),
		state->pid, TEXT_QUOTE(state->oci_bundle));
	config = open_config(state->oci_bundle, err);
	if (config < 0 || parser_config(parser, config, &admission->start, err))
		return -1;
	admit_explain(admission, "configuration: root %s, cache %s, profile %s",
		TEXT_QUOTE(admission->start.root_path), TEXT_QUOTE(admission->start.cache_root),
		TEXT_QUOTE(admission->start.pin));
	return 0;
}
