/*
 * Faults for a nimgate-hook of the tests' own: linked in front of the hook's own objects, with
 * --wrap for spawn_start and wire_send, and with a heap that can refuse. No part of what is
 * installed.
 *
 *   FAULT_DEED=CHILD:NUMBER:DEED             that child (parser, hasher, viewer; the NUMBERth of
 * its name, from 1) does DEED behind its filter, when its first request has come
 *   FAULT_LIE=CHILD:NUMBER:MESSAGE:AT:HEX    these bytes stand in its MESSAGEth message from AT on;
 * "^HEX": one byte is XORed FAULT_MEMORY=PROCESS:NUMBER              that allocation is refused; 0
 * is the hook, 1 its first child, ... FAULT_REPORT=FILE                        what happened,
 * written when the hook ends: the table in report()
 */
#include "base/error.h"
#include "base/mem.h"
#include "guard/spawn.h"
#include "guard/wire.h"

#include "tests/fault/deeds.h"
#include "tests/unit/scarce.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PROCESSES = 16, MESSAGES = 16 };

/* What all processes of one run write to. */
struct page {
	struct deeds_report deed;
	_Atomic uint32_t lied;
	_Atomic uint32_t refused; /* an allocation was */
	_Atomic size_t allocations[PROCESSES];
	_Atomic size_t lengths[PROCESSES][MESSAGES];
	char names[PROCESSES][16];
	int numbers[PROCESSES]; /* of its name */
};

static struct page *page;
static int process; /* 0: the hook */
static int started; /* children so far */
static int messages;
static size_t refused; /* the allocation that is, of this process */

int __real_spawn_start(
	const struct spawn_options *options, struct spawn_child *out, struct error *err);
int __wrap_spawn_start(
	const struct spawn_options *options, struct spawn_child *out, struct error *err);
int __real_wire_send(int socket, const struct wire_message *message, int fd, struct error *err);
int __wrap_wire_send(int socket, const struct wire_message *message, int fd, struct error *err);

/* True if the variable is about this process: NAME:NUMBER:REST, of which REST is left. */
static const char *
mine(const char *variable)
{
	const char *text = getenv(variable);
	char wanted[32];
	int length;

	if (!text || !process)
		return NULL;
	length = snprintf(
		wanted, sizeof(wanted), "%s:%d:", page->names[process], page->numbers[process]);
	return strncmp(text, wanted, (size_t)length) == 0 ? text + length : NULL;
}

static void
count_memory(void)
{
	unsigned int wanted, number;
	const char *text = getenv("FAULT_MEMORY");

	scarce_end();
	refused = text && sscanf(text, "%u:%u", &wanted, &number) == 2 && (int)wanted == process
			  ? number
			  : 0;
	scarce_begin(refused ? refused : SIZE_MAX, text && strchr(text, '+'));
}

/* What this process has done by now, also if this is its end. */
static void
note(void)
{
	page->allocations[process] = scarce_asked;
	if (refused && scarce_asked >= refused)
		page->refused = 1;
}

static void
become_child(void)
{
	process = started;
	messages = 0;
	count_memory();
}

struct honest {
	struct spawn_options options;
};

static int
prepare(void *context, int socket, struct error *err)
{
	const struct honest *honest = context;

	return honest->options.prepare
		       ? honest->options.prepare(honest->options.context, socket, err)
		       : 0;
}

static int
serve(void *context, int socket)
{
	const struct honest *honest = context;
	const char *deed = mine("FAULT_DEED");
	int result;

	if (deed && strncmp(deed, "cover", 5) != 0)
		deeds_do(deed, socket, &page->deed);
	result = honest->options.serve(honest->options.context, socket);
	note();
	return result;
}

int
__wrap_spawn_start(const struct spawn_options *options, struct spawn_child *out, struct error *err)
{
	static struct honest honest[PROCESSES];
	struct spawn_options ours = *options;
	int number = 1;

	if (started + 1 < PROCESSES)
		started++;
	for (int i = 1; i < started; i++)
		number += strcmp(page->names[i], options->name) == 0;
	snprintf(page->names[started], sizeof(page->names[started]), "%s", options->name);
	page->numbers[started] = number;
	honest[started].options = *options;
	ours.prepare = prepare;
	ours.serve = serve;
	ours.context = &honest[started];
	return __real_spawn_start(&ours, out, err);
}

static int
digit(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static void
lie(struct wire_message *message, const char *text)
{
	unsigned int at;
	int used;
	bool flips;

	if (sscanf(text, "%u:%n", &at, &used) != 1)
		return;
	text += used;
	flips = *text == '^';
	for (text += flips; text[0] && text[1] && at < message->length; text += 2, at++) {
		uint8_t byte = (uint8_t)(digit(text[0]) * 16 + digit(text[1]));

		message->bytes[at] = flips ? message->bytes[at] ^ byte : byte;
		page->lied++;
	}
}

int
__wrap_wire_send(int socket, const struct wire_message *message, int fd, struct error *err)
{
	struct wire_message copy = *message;
	const char *text = mine("FAULT_LIE"), *deed = mine("FAULT_DEED");
	int wanted, used, result;

	if (process) {
		note();
		messages++;
		if (messages < MESSAGES)
			page->lengths[process][messages] = message->length;
		if (text && sscanf(text, "%d:%n", &wanted, &used) == 1 && wanted == messages)
			lie(&copy, text + used);
	}
	result = __real_wire_send(socket, &copy, fd, err);
	/* The answer that the view is in place, behind which it is checked. */
	if (deed && messages == 3 && strncmp(deed, "cover", 5) == 0)
		deeds_do(deed, socket, &page->deed);
	return result;
}

static __attribute__((constructor)) void
begin(void)
{
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || pthread_atfork(NULL, NULL, become_child))
		_exit(125);
	snprintf(page->names[0], sizeof(page->names[0]), "monitor");
	count_memory();
}

static __attribute__((destructor)) void
report(void)
{
	const char *path = getenv("FAULT_REPORT");
	FILE *file;

	note();
	scarce_end();
	file = path ? fopen(path, "we") : NULL;
	if (!file)
		return;
	fprintf(file, "deed %u broke %u lied %u refused %u\n", page->deed.done, page->deed.broke,
		page->lied, page->refused);
	for (int i = 0; i <= started; i++) {
		fprintf(file, "process %d %s %d allocations %zu messages", i, page->names[i],
			page->numbers[i], page->allocations[i]);
		for (int k = 1; k < MESSAGES && page->lengths[i][k]; k++)
			fprintf(file, " %zu", page->lengths[i][k]);
		fputc('\n', file);
	}
	fclose(file);
}
