#include "guard/spawn.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/filter.h"
#include "guard/contain.h"
#include "guard/wire.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Tells the parent why, as far as that is possible, and ends the child. */
static _Noreturn void
give_up(int socket, const struct error *err)
{
	struct wire_message message = { .type = SPAWN_FAILED };
	struct error ignored;

	wire_put_text(&message, err->text);
	wire_send(socket, &message, -1, &ignored);
	_exit(SPAWN_EXIT_FAILED);
}

static _Noreturn void
run_child(const struct spawn_options *options, pid_t parent, int socket)
{
	const struct contain_limits limits = {
		.memory_max = options->memory_max,
		.cpu_seconds = options->cpu_seconds,
		.descriptors_max =
			options->descriptors_max ? options->descriptors_max : SPAWN_DESCRIPTORS,
	};
	struct error err = { 0 };

	if (contain_descriptors(&socket, &err))
		give_up(socket, &err);
	if (contain_privileges(options->name, parent, options->capabilities, &err) ||
		contain_limits(&limits, &err))
		give_up(socket, &err);
	if (options->prepare && options->prepare(options->context, socket, &err))
		give_up(socket, &err);
	if (contain_processes(&err) || filter_load(options->table, &err))
		give_up(socket, &err);
	_exit(options->serve(options->context, socket));
}

int
spawn_start(const struct spawn_options *options, struct spawn_child *out, struct error *err)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return error_set_os(
			err, REASON_INTERNAL, errno, "%s: no socket for it", options->name);
	pid = fork();
	if (pid == 0)
		run_child(options, parent, pair[1]);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return error_set_os(
			err, REASON_INTERNAL, errno, "%s: cannot be started", options->name);
	}
	*out = (struct spawn_child){ .name = options->name, .pid = pid, .socket = pair[0] };
	return 0;
}

/* Waits a while until the process has ended. */
static void
await_end(pid_t pid)
{
	cleanup_fd int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	int64_t end = clock_monotonic_ms() + LIMIT_END_MS, left = LIMIT_END_MS;

	while (left > 0 && poll(&ended, 1, (int)left) < 0 && errno == EINTR)
		left = end - clock_monotonic_ms();
}

/* Ends the child and collects it. Returns its wait status, or -1 where that is not to be had. */
static int
collect(struct spawn_child *child)
{
	int status = -1;
	pid_t got;

	/* We must not wait for ever: without the right to kill (root without CAP_KILL), nor for a
	 * child that cannot die as long as its file system does not answer. */
	if (kill(child->pid, SIGKILL) == 0)
		await_end(child->pid);
	do
		got = waitpid(child->pid, &status, WNOHANG);
	while (got < 0 && errno == EINTR);
	if (got != child->pid)
		status = -1;
	child->pid = 0;
	return status;
}

int
spawn_report_end(struct spawn_child *child, struct error *err)
{
	static const struct {
		int signal;
		const char *words;
	} causes[] = {
		{ SIGSYS, "it made a system call that its filter forbids" },
		{ SIGXCPU, "it used up its processor time" },
		{ SIGKILL, "killed, by somebody or for memory of the host" },
		{ SIGSEGV, "it crashed" },
		{ SIGBUS, "it crashed" },
		{ SIGABRT, "it crashed" },
	};
	int status = child->pid ? collect(child) : -1;
	const char *words = "unknown signal";

	if (status == -1)
		return error_set(
			err, REASON_INTERNAL, 0, "%s: ended without an answer", child->name);
	if (!WIFSIGNALED(status))
		return error_set(err, REASON_INTERNAL, 0,
			"%s: ended without an answer, with status %d", child->name,
			WEXITSTATUS(status));
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (causes[i].signal == WTERMSIG(status))
			words = causes[i].words;
	return error_set(err, REASON_INTERNAL, 0, "%s: ended without an answer, by signal %d (%s)",
		child->name, WTERMSIG(status), words);
}

int
spawn_receive(
	struct spawn_child *child, int timeout_ms, struct wire_message *out, struct error *err)
{
	cleanup_message struct wire_message message = { 0 };
	int result = wire_receive(child->socket, timeout_ms, &message, NULL, err);

	/* A reset is an end, too: of a child that had not read all that we sent. */
	if (result == 0 || (result < 0 && err->os_errno == ECONNRESET))
		return spawn_report_end(child, err);
	if (result < 0)
		return error_wrap(err, "%s", child->name);
	if (message.type == SPAWN_FAILED) {
		cleanup_free char *text = wire_get_text(&message, LIMIT_ERROR_TEXT);

		return error_set(err, REASON_INTERNAL, 0, "%s: cannot work: %s", child->name,
			TEXT_QUOTE(text));
	}
	*out = message;
	message = (struct wire_message){ 0 };
	return 0;
}

int
spawn_report_send(struct spawn_child *child, struct error *err)
{
	cleanup_message struct wire_message message = { 0 };
	struct error why;

	/* What it said before it ended lies in the socket still. */
	if ((err->os_errno == EPIPE || err->os_errno == ECONNRESET) &&
		spawn_receive(child, LIMIT_END_MS, &message, &why)) {
		*err = why;
		return -1;
	}
	return error_wrap(err, "%s", child->name);
}

void
spawn_kill(struct spawn_child *child)
{
	/* A zeroed child has no pid, and its socket 0 is somebody's standard input. */
	if (child->name && child->socket >= 0)
		close(child->socket);
	child->socket = -1;
	if (child->pid > 0)
		kill(child->pid, SIGKILL);
}

void
spawn_end(struct spawn_child *child)
{
	spawn_kill(child);
	if (child->pid > 0)
		collect(child);
	*child = (struct spawn_child){ .socket = -1 };
}
