#include "cli/program.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/memfile.h"
#include "base/text.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { SAID_BYTES = 1 << 20 }; /* engines say a few lines */

/* Returns 0 and *pid, or an errno value. */
static int
spawn(const char *const argv[], int input, int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int result;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	result = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (result == 0)
		result = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (result == 0)
		result = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	if (result == 0)
		result = posix_spawnp(pid, argv[0], &actions, &attributes,
			(char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return result;
}

/* Waits for PID, which is gone afterwards. Returns its exit status, or -1. */
static int
await(pid_t pid, const char *name, int seconds, struct error *err)
{
	cleanup_fd int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	int ready = fd < 0 ? -1 : poll(&ended, 1, seconds * 1000), status;

	if (ready != 1)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set_os(err, REASON_INTERNAL, errno, "%s", name);
	if (ready == 0)
		return error_set(
			err, REASON_DEADLINE, 0, "%s did not end within %d s", name, seconds);
	if (ready < 0 || !WIFEXITED(status))
		return error_set(err, REASON_INTERNAL, 0, "%s did not end by itself", name);
	return WEXITSTATUS(status);
}

int
program_run(const char *const argv[], int input, int seconds, struct file_bytes *said,
	struct error *err)
{
	cleanup_fd int output = memfile_open("said");
	int result, status;
	pid_t pid;

	if (output < 0)
		return error_set_os(err, REASON_INTERNAL, errno, "no place for an output");
	result = spawn(argv, input, output, &pid);
	if (result)
		return error_set_os(err, REASON_CONFIG, result, "%s", TEXT_QUOTE(argv[0]));
	status = await(pid, argv[0], seconds, err);
	if (status < 0)
		return -1;
	if (lseek(output, 0, SEEK_SET) < 0 || file_read(output, SAID_BYTES, argv[0], said, err))
		return -1;
	return status;
}
