/*
 * nimgate-runtime: an OCI runtime for engines that have no hooks of their own. On create and run it
 * adds nimgate-hook to the container's config.json; then, and for every other command but restore,
 * it becomes the real runtime. What it cannot do refuses the start.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "hook/runtime_bundle.h"
#include "hook/runtime_log.h"
#include "oci/command.h"
#include "oci/hooks.h"
#include "oci/process.h"
#include "policy/runtime_settings.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SETTINGS_OPTION "--nimgate-config"

/* Files that we open must not become standard output or error. */
static void
open_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			abort();
}

/*
 * Takes our own option, which can only be the first word, off the words. Returns the settings'
 * path, or NULL where it lacks its value.
 */
static const char *
take_settings(char *argv[])
{
	char **words = argv + 1;
	const char *path = RUNTIME_SETTINGS_PATH;
	size_t length = strlen(SETTINGS_OPTION), taken = 0;

	if (words[0] && strcmp(words[0], SETTINGS_OPTION) == 0) {
		path = words[1];
		taken = path ? 2 : 1;
	} else if (words[0] && strncmp(words[0], SETTINGS_OPTION "=", length + 1) == 0) {
		path = words[0] + length + 1;
		taken = 1;
	}
	do
		words[0] = words[taken];
	while (*words++);
	return path;
}

/* A program that only root can have put there, and that is not this one. */
static int
check_program(const char *path, struct error *err)
{
	cleanup_fd int fd = file_open_trusted(path, err);
	struct stat st, own;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || stat("/proc/self/exe", &own))
		return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(path));
	if (!(st.st_mode & S_IXUSR))
		return error_set(err, REASON_CONFIG, 0, "%s: not a program", TEXT_QUOTE(path));
	if (st.st_dev == own.st_dev && st.st_ino == own.st_ino)
		return error_set(
			err, REASON_CONFIG, 0, "%s: is nimgate-runtime itself", TEXT_QUOTE(path));
	return 0;
}

static int
add_hook(const struct command *command, const struct runtime_settings *settings, struct error *err)
{
	struct process_variable pin;
	struct hooks_entry entry;

	if (check_program(settings->hook, err))
		return error_wrap(err, "hook");
	runtime_settings_entry(settings, &entry);
	runtime_settings_variable(settings, &pin);
	return runtime_bundle_add(command->bundle, &entry, settings->profile ? &pin : NULL, err);
}

/* Returns only on failure. */
static int
run(char *argv[], const char *settings_path, struct command *command, struct error *err)
{
	cleanup_runtime_settings struct runtime_settings settings = { 0 };

	if (command_parse(argv + 1, command, err))
		return -1;
	if (!settings_path)
		return error_set(err, REASON_USAGE, 0, SETTINGS_OPTION " lacks its value");
	if (runtime_settings_load(settings_path, &settings, err))
		return -1;
	if (check_program(settings.runtime, err))
		return error_wrap(err, "runtime");
	if (command->restores && !settings.restore)
		return error_set(err, REASON_POLICY, 0,
			"restore brings back memory that nobody verified; the key 'restore' of %s "
			"does not allow it",
			TEXT_QUOTE(settings_path));
	if (command->starts && add_hook(command, &settings, err))
		return -1;
	argv[0] = settings.runtime;
	execve(settings.runtime, argv, environ);
	return error_set_os(err, REASON_CONFIG, errno, "runtime %s: cannot be run",
		TEXT_QUOTE(settings.runtime));
}

int
main(int argc, char *argv[])
{
	const char *settings_path;
	struct command command = { 0 };
	struct error err = { 0 };

	(void)argc;
	open_standard();
	if (!argv[0])
		abort(); /* nobody starts a program without its name but to confuse it */
	settings_path = take_settings(argv);
	run(argv, settings_path, &command, &err);
	runtime_log_error(&command, &err);
	return reason_hook_status(err.reason);
}
