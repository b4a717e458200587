#include "cli/explain_start.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/inspect.h"
#include "policy/runtime_settings.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* The process that stands for the container's first: it has the mounts, and waits. */
struct stand_in {
	pid_t pid;
	int ready; /* our end of a pipe: a byte comes when the mounts are made, nothing when they
		      cannot be */
};

static int
read_config(const char *bundle, struct inspect_mounts *out, struct error *err)
{
	char path[LIMIT_NAME_BYTES];
	cleanup_fd int place = -1, fd = -1;

	if (snprintf(path, sizeof(path), "%s/config.json", bundle) >= (int)sizeof(path))
		return error_set(err, REASON_USAGE, 0, "the bundle's path is too long");
	place = open(path, O_PATH | O_CLOEXEC);
	/* A FIFO of the bundle's owner would keep us for ever. */
	fd = place < 0 ? -1 : file_reopen(place);
	if (fd < 0)
		return error_set_os(err, REASON_USAGE, errno, "%s", TEXT_QUOTE(path));
	return inspect_config(fd, out, err);
}

/* Makes the mount inside ROOT, links resolved inside it. What the runtime would have to make first
 * is left out. */
static int
mount_one(int root, const struct inspect_mount *item, struct error *err)
{
	cleanup_fd int place = file_openat2(
		root, item->destination, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	const char *source = item->source ? item->source : "";
	char path[64];

	if (place < 0) {
		console_say(CONSOLE_WARNING,
			"mount at %s is left out: the runtime makes the place first",
			TEXT_QUOTE(item->destination));
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	if (item->memory ? mount("tmpfs", path, "tmpfs", 0, NULL)
			 : mount(source, path, "none", MS_BIND | MS_REC, NULL))
		return error_set_os(err, REASON_CONFIG, errno, "mount %s at %s", TEXT_QUOTE(source),
			TEXT_QUOTE(item->destination));
	return 0;
}

static int
make_mounts(const struct inspect_mounts *mounts, const char *bundle, struct error *err)
{
	if (chdir(bundle))
		return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(bundle));
	if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
		mount(mounts->root, mounts->root, "none", MS_BIND | MS_REC, NULL))
		return error_set_os(err, REASON_UNSEEN, errno,
			"a mount namespace for %s (needs root)", TEXT_QUOTE(mounts->root));
	for (size_t i = 0; i < mounts->count; i++) {
		cleanup_fd int root = open(mounts->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (root < 0)
			return error_set_os(
				err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(mounts->root));
		if (mount_one(root, &mounts->items[i], err))
			return -1;
	}
	return 0;
}

static int
start_stand_in(const struct inspect_mounts *mounts, const char *bundle, struct stand_in *out,
	struct error *err)
{
	const pid_t parent = getpid();
	int pipe_ends[2];
	pid_t pid;

	if (pipe2(pipe_ends, O_CLOEXEC))
		return error_set_os(err, REASON_INTERNAL, errno, "no pipe");
	pid = fork();
	if (pid == 0) {
		/* Whoever ends us must not leave it behind. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || getppid() != parent)
			_exit(1);
		if (make_mounts(mounts, bundle, err)) {
			console_fail("nimgate explain", err);
			_exit(1);
		}
		if (file_write_all(pipe_ends[1], "", 1))
			_exit(1);
		for (;;)
			pause();
	}
	close(pipe_ends[1]);
	if (pid < 0) {
		close(pipe_ends[0]);
		return error_set_os(err, REASON_INTERNAL, errno, "no process for the mounts");
	}
	*out = (struct stand_in){ .pid = pid, .ready = pipe_ends[0] };
	return 0;
}

static void
end_stand_in(const struct stand_in *stand_in)
{
	close(stand_in->ready);
	kill(stand_in->pid, SIGKILL);
	waitpid(stand_in->pid, NULL, 0);
}

/* The hook beside this program if it is there, else the packaged one. */
static void
find_hook(char out[static LIMIT_NAME_BYTES])
{
	ssize_t length = readlink("/proc/self/exe", out, LIMIT_NAME_BYTES - 16);
	char *slash;

	if (length > 0) {
		out[length] = '\0';
		slash = strrchr(out, '/');
		memcpy(slash + 1, "nimgate-hook", sizeof("nimgate-hook"));
		if (access(out, X_OK) == 0)
			return;
	}
	snprintf(out, LIMIT_NAME_BYTES, "%s", RUNTIME_SETTINGS_HOOK);
}

/* Runs the hook with STATE on its standard input. Returns its exit status, or -1. */
static int
run_hook(const char *hook, const char *policy, const struct writer *state, struct error *err)
{
	int pipe_ends[2], status = 0;
	pid_t pid;

	if (pipe2(pipe_ends, O_CLOEXEC))
		return error_set_os(err, REASON_INTERNAL, errno, "no pipe");
	pid = fork();
	if (pid == 0) {
		dup2(pipe_ends[0], STDIN_FILENO);
		execl(hook, "nimgate-hook", "--explain", "--policy", policy, "createRuntime",
			(char *)NULL);
		_exit(1);
	}
	close(pipe_ends[0]);
	if (pid > 0)
		(void)file_write_all(pipe_ends[1], state->text, state->length);
	close(pipe_ends[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return error_set(
			err, REASON_INTERNAL, 0, "%s did not end by itself", TEXT_QUOTE(hook));
	return WEXITSTATUS(status);
}

static int
explain(const char *bundle, const char *policy, const char *hook, struct error *err)
{
	cleanup_mounts struct inspect_mounts mounts = { 0 };
	cleanup_writer struct writer state = { 0 };
	struct stand_in stand_in;
	char byte;
	int status = -1;

	if (read_config(bundle, &mounts, err) || start_stand_in(&mounts, bundle, &stand_in, err))
		return -1;
	writer_open(&state, NULL, '{');
	writer_string(&state, "ociVersion", "1.0.2");
	writer_string(&state, "id", "nimgate-explain");
	writer_string(&state, "status", "creating");
	writer_number(&state, "pid", (uint64_t)stand_in.pid);
	writer_string(&state, "bundle", bundle);
	writer_close(&state, '}');
	if (state.failed)
		error_no_memory(err);
	else if (read(stand_in.ready, &byte, 1) != 1)
		error_set(err, REASON_UNSEEN, 0, "the container's mounts cannot be made here");
	else
		status = run_hook(hook, policy, &state, err);
	end_stand_in(&stand_in);
	return status;
}

int
explain_start(const char *bundle, const char *policy, const char *hook)
{
	char found[LIMIT_NAME_BYTES];
	cleanup_free char *absolute = realpath(bundle, NULL);
	struct error err;
	int status;

	if (!absolute) {
		error_set_os(&err, REASON_USAGE, errno, "bundle %s", TEXT_QUOTE(bundle));
		return console_fail("nimgate explain", &err);
	}
	find_hook(found);
	status = explain(absolute, policy, hook ? hook : found, &err);
	if (status < 0)
		return console_fail("nimgate explain", &err);
	printf("%s\n", status == 0 ? "would be admitted" : "would be refused");
	return status;
}
