#include "hook/runtime_log.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/writer.h"
#include "oci/command.h"

#include <fcntl.h>
#include <string.h>

#define CRUN_FILE "file:"

/* The log's file, as runc and crun find it, or -1. crun's other logs are not ours to reach. */
static int
open_log(const char *name)
{
	if (strncmp(name, CRUN_FILE, strlen(CRUN_FILE)) == 0)
		name += strlen(CRUN_FILE);
	return open(name, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0644);
}

/* The line, in ASCII that needs no more quoting than JSON has. */
static void
write_line(const struct command *command, const char *message, struct writer *line)
{
	char time[32];

	clock_format(clock_now(), time);
	if (command->log_json) {
		writer_open(line, NULL, '{');
		writer_string(line, "level", "error");
		writer_string(line, "msg", message);
		writer_string(line, "time", time);
		writer_close(line, '}');
	} else {
		writer_format(line, "time=\"%s\" level=error msg=", time);
		writer_string(line, NULL, message);
	}
	writer_bytes(line, "\n", 1);
}

void
runtime_log_error(const struct command *command, const struct error *err)
{
	cleanup_fd int fd = command->log ? open_log(command->log) : -1;
	cleanup_writer struct writer line = { 0 };
	char message[LIMIT_ERROR_TEXT + 64];

	snprintf(message, sizeof(message), "nimgate: refused (%s): %s", reason_word(err->reason),
		err->text);
	fprintf(stderr, "%s\n", message);
	write_line(command, message, &line);
	if (fd >= 0 && !line.failed && file_write_all(fd, line.text, line.length))
		fprintf(stderr, "nimgate: the log cannot be written (%s)\n", error_os_words(errno));
}
