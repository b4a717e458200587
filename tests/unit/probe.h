/*
 * A contained child that does what it is asked to do, for the tests of what it cannot do.
 */
#pragma once

#include "guard/spawn.h"

#include "base/limits.h"
#include "base/mem.h"
#include "guard/tables.h"
#include "guard/wire.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* What the child is asked to do: the type of the request. */
enum {
	ASK_ECHO = 1, /* answers with the first bytes of the descriptor that came */
	ASK_CALL,     /* makes a system call and answers with its errno value */
	ASK_MEMORY,   /* allocates, and answers with 0 or ENOMEM */
	ASK_FULL,     /* keeps descriptors until no more can be had; answers with their number */
	ASK_EXIT,
	ASK_CRASH,
	ASK_SPIN,
	ASK_CLOSE, /* closes its socket and lives on */
};

static inline _Noreturn void
spin(void)
{
	for (;;)
		__asm__ volatile("");
}

static inline void
answer_text(struct wire_message *answer, int fd)
{
	char text[32] = "no descriptor";
	ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	if (got > 0)
		text[got] = '\0';
	if (fd >= 0)
		close(fd);
	wire_put_text(answer, text);
}

static inline void
answer_call(struct wire_message *answer, struct wire_message *request)
{
	long number = wire_get_u32(request), arguments[4];

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		arguments[i] = (long)wire_get_u64(request);
	errno = 0;
	syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], -1, 0);
	wire_put_u32(answer, (uint32_t)errno);
}

static inline void
answer_memory(struct wire_message *answer, struct wire_message *request)
{
	volatile char *memory = malloc((size_t)wire_get_u64(request));

	if (memory)
		memory[0] = 1;
	wire_put_u32(answer, memory ? 0 : (uint32_t)errno);
}

static inline void
answer_full(struct wire_message *answer, int socket)
{
	struct error err;
	uint32_t count = 0;
	int fd = -1;

	for (;;) {
		struct wire_message message = { 0 };

		if (wire_receive(socket, -1, &message, &fd, &err) != 1 || fd < 0)
			break;
		wire_release(&message);
		count++;
	}
	wire_put_u32(answer, count);
}

static inline int
serve(void *context, int socket)
{
	struct wire_message request = { 0 }, answer = { .type = 1 };
	struct error err;
	int fd;

	(void)context;
	while (wire_receive(socket, -1, &request, &fd, &err) == 1) {
		if (request.type == ASK_ECHO)
			answer_text(&answer, fd);
		else if (request.type == ASK_CALL)
			answer_call(&answer, &request);
		else if (request.type == ASK_MEMORY)
			answer_memory(&answer, &request);
		else if (request.type == ASK_FULL)
			answer_full(&answer, socket);
		else if (request.type == ASK_EXIT)
			return 5;
		else if (request.type == ASK_CRASH)
			__builtin_trap();
		else if (request.type == ASK_CLOSE)
			close(socket);
		if (request.type == ASK_SPIN || request.type == ASK_CLOSE)
			spin();
		if (wire_send(socket, &answer, -1, &err))
			return 1;
		wire_release(&request);
		wire_release(&answer);
		answer.type = 1;
	}
	return 0;
}

static const struct spawn_options plain = {
	.name = "tester",
	.table = &tables_parser,
	.memory_max = LIMIT_CHILD_MEMORY_BYTES,
	.cpu_seconds = LIMIT_CHILD_CPU_SECONDS,
	.serve = serve,
};

static inline void
start(struct spawn_child *child, const struct spawn_options *options)
{
	struct error err;

	if (spawn_start(options, child, &err))
		abort();
}

static inline void
ask(struct spawn_child *child, uint32_t type, int fd)
{
	struct wire_message request = { .type = type };
	struct error err;

	if (wire_send(child->socket, &request, fd, &err))
		abort();
}

/* The number with which the child answers, or -1. */
static inline int
answer_number(struct spawn_child *child, struct error *err)
{
	cleanup_message struct wire_message answer = { 0 };

	if (spawn_receive(child, 10000, &answer, err))
		return -1;
	return (int)wire_get_u32(&answer);
}

/* A descriptor that holds TEXT. */
static inline int
open_text(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		abort();
	return fd;
}

static inline bool
echoes(const struct spawn_options *options)
{
	cleanup_child struct spawn_child child = { 0 };
	cleanup_message struct wire_message answer = { 0 };
	cleanup_fd int fd = open_text("a document");
	struct error err;

	start(&child, options);
	ask(&child, ASK_ECHO, fd);
	if (spawn_receive(&child, 10000, &answer, &err))
		return false;
	cleanup_free char *text = wire_get_text(&answer, 64);
	return text && strcmp(text, "a document") == 0 && wire_is_whole(&answer);
}
