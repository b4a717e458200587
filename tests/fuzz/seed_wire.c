/*
 * Writes the seed of fuzz_wire to standard output: an honest parser's answer about a manifest.
 */
#include "base/file.h"
#include "gate/plan.h"
#include "guard/wire.h"

#include <unistd.h>

int
main(void)
{
	char file[] = "config.json", *files[] = { file };
	struct profile_version version = {
		.ref = { "nim", "meta", "llama-demo", "hf-1" }, .files = files, .file_count = 1
	};
	char workspace[] = "model/config.json";
	struct profile_file place = { .workspace = workspace, .version = 0, .file = file };
	struct profile profile = {
		.id = "4f904d571fe60ff24695b5ee2aa42da58cb460787a968f1e8a09f5a7e862728d",
		.versions = &version,
		.version_count = 1,
		.files = &place,
		.file_count = 1
	};
	cleanup_message struct wire_message message = { 0 };

	plan_put(&message, &profile, false);
	return message.failed || file_write_all(STDOUT_FILENO, message.bytes, message.length) ? 1
											      : 0;
}
