/*
 * Questions about a manifest whose answers are remembered: each is the one that a parser gives, and
 * never another manifest's, question's or program's. With real parsers.
 */
#include "gate/reading.h"

#include "base/mem.h"
#include "gate/fit.h"
#include "gate/parser.h"
#include "gate/plan.h"
#include "gate/request.h"
#include "guard/wire.h"
#include "nim/description.h"
#include "nim/hardware.h"
#include "receipt/memo.h"

#include "tests/unit/gate_material.h"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PIN   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

enum { AGE_S = 1000 };

static const char manifest[] =
	"schema_version: '2.0'\nprofiles:\n"
	"- id: " PIN "\n"
	"  tags: {llm_engine: vllm, precision: bf16, gpu: h100}\n"
	"  workspace: {files: {a.bin: {uri: 'ngc://nim/meta/llama:1?file=a.bin'}}}\n"
	"- id: " OTHER "\n"
	"  tags: {llm_engine: vllm, precision: fp8}\n"
	"  workspace: {files: {b.bin: {uri: 'ngc://nim/meta/llama:2?file=b.bin'}}}\n";

/* As the one above, but the first profile is of version 3. */
static const char changed[] =
	"schema_version: '2.0'\nprofiles:\n"
	"- id: " PIN "\n"
	"  tags: {llm_engine: vllm, precision: bf16, gpu: h100}\n"
	"  workspace: {files: {a.bin: {uri: 'ngc://nim/meta/llama:3?file=a.bin'}}}\n"
	"- id: " OTHER "\n"
	"  tags: {llm_engine: vllm, precision: fp8}\n"
	"  workspace: {files: {b.bin: {uri: 'ngc://nim/meta/llama:2?file=b.bin'}}}\n";

static int
open_text(const char *text)
{
	int fd = memfd_create("manifest", MFD_CLOEXEC);

	material_need(
		fd >= 0 && pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text), "manifest");
	return fd;
}

/* Reads TEXT as a start does, with what FOLDER remembers. */
static struct reading
begin(const char *text, const char *folder)
{
	cleanup_parser struct parser parser = { 0 };
	cleanup_fd int fd = open_text(text);
	static char path[2][LIMIT_NAME_BYTES];
	static int turn;
	struct reading reading = reading_of(fd);
	struct error err = { 0 };

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s", material_path(folder));
	material_need(parser_start(PARSER_CONTAINER, &parser, &err) == 0 &&
			      reading_remember(&reading, &parser, path[turn], AGE_S, &err) == 0,
		err.text);
	return reading;
}

/* What may be asked, and how the answer is told: the versions, "a+b", or the reason. */
struct question {
	enum { PROFILE, DESCRIBED, FITTING } kind;
	const char *text; /* pin, description, or model of the GPU */
};

static void
tell(int result, const struct plan *plan, const struct error *err, char out[static 64])
{
	int length = snprintf(out, 64, "%s", result ? reason_word(err->reason) : "");

	for (size_t i = 0; result == 0 && i < plan->profile.version_count; i++)
		length += snprintf(out + length, 64 - (size_t)length, "%s%s", i ? "+" : "",
			plan->profile.versions[i].ref.version);
}

static void
ask(struct reading *reading, const struct question *question, char out[static 64])
{
	cleanup_plan struct plan plan = { 0 };
	struct hardware hardware = { 0 };
	struct error err = { 0 };
	static struct fit fit;
	int result;

	switch (question->kind) {
	case PROFILE: result = reading_profile(reading, question->text, &plan, &err); break;
	case DESCRIBED: result = reading_described(reading, question->text, &plan, &err); break;
	default:
		hardware_add(&hardware, question->text, 0);
		result = reading_fitting(reading, &hardware, &fit, &err);
		if (result == 0)
			plan = fit.plan;
	}
	tell(result, &plan, &err, out);
}

/* One start with one question. Returns whether the answer was remembered. */
static bool
start(const char *text, const char *folder, const struct question *question, char out[static 64])
{
	cleanup_reading struct reading reading = begin(text, folder);

	ask(&reading, question, out);
	return reading.remembered == 1;
}

static size_t
count_memos(const char *folder)
{
	struct memo_sum sum;

	memo_count(material_path(folder), &sum);
	return sum.count;
}

/* Each question is asked twice, after all the others: the second time nobody is asked. */
static void
test_questions(void)
{
	static const struct {
		const char *name, *text;
		struct question question;
		const char *answer;
		bool lasts;
	} rows[] = {
		{ "a profile", manifest, { PROFILE, PIN }, "1", true },
		{ "another profile", manifest, { PROFILE, OTHER }, "2", true },
		{ "another manifest", changed, { PROFILE, PIN }, "3", true },
		{ "all profiles", manifest, { PROFILE, "" }, "1+2", true },
		{ "all of another manifest", changed, { PROFILE, "" }, "3+2", true },
		{ "no such profile", manifest, { PROFILE, "12" }, "profile", true },
		{ "described", manifest, { DESCRIBED, "vllm-h100-bf16" }, "1", true },
		{ "described otherwise", manifest, { DESCRIBED, "vllm-fp8" }, "2", true },
		{ "a description for a pin", manifest, { PROFILE, "vllm-fp8" }, "profile", true },
		{ "a pin for a description", manifest, { DESCRIBED, PIN }, "profile", true },
		{ "a description too long", manifest, { DESCRIBED, PIN PIN PIN PIN }, "profile",
			false },
		{ "fitting", manifest, { FITTING, "NVIDIA L40S" }, "2", true },
		{ "fitting another", manifest, { FITTING, "NVIDIA A100-SXM4-80GB" }, "2", true },
		{ "fitting all", manifest, { FITTING, "NVIDIA H100 80GB HBM3" }, "profile", true },
		{ "no manifest", "[", { PROFILE, PIN }, "manifest", false },
		{ "an empty manifest", "", { PROFILE, PIN }, "manifest", false },
	};
	char out[64];
	size_t memos = 0;

	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			bool remembered = start(rows[i].text, "questions", &rows[i].question, out);

			check_text(out, rows[i].answer, rows[i].name);
			check(remembered == (turn && rows[i].lasts), rows[i].name,
				"turn %d: %sremembered", turn, remembered ? "" : "not ");
			memos += !turn && rows[i].lasts;
		}
	check(count_memos("questions") == memos, "one memo each", "%zu of %zu",
		count_memos("questions"), memos);
}

/* Any difference in the bytes is another manifest, also one that YAML does not see. */
static void
test_bytes(void)
{
	static const struct question question = { PROFILE, PIN };
	static char text[sizeof(manifest) + 1];
	char out[64];
	size_t wrong = 0;

	start(manifest, "bytes", &question, out);
	for (size_t i = 0; i < sizeof(manifest) - 1; i += 7) {
		memcpy(text, manifest, sizeof(manifest));
		text[i] ^= 1;
		wrong += start(text, "bytes", &question, out);
	}
	memcpy(text, manifest, sizeof(manifest));
	strcat(text, "\n");
	wrong += start(text, "bytes", &question, out);
	check_text(out, "1", "a line feed more");
	check(wrong == 0, "other bytes", "%zu were remembered", wrong);
	check(start(manifest, "bytes", &question, out), "the same bytes", "not remembered");
}

/* What was hashed is what is parsed, however the file changes meanwhile. */
static void
test_changing(void)
{
	static const struct question question = { PROFILE, PIN };
	cleanup_parser struct parser parser = { 0 };
	cleanup_fd int fd = open_text(manifest);
	cleanup_reading struct reading reading = reading_of(fd);
	struct error err = { 0 };
	char folder[LIMIT_NAME_BYTES], out[64], byte = 0;

	snprintf(folder, sizeof(folder), "%s", material_path("changing"));
	material_need(parser_start(PARSER_CONTAINER, &parser, &err) == 0, err.text);
	check_result(reading_remember(&reading, &parser, folder, AGE_S, &err), REASON_NONE, &err,
		"changing: read");
	material_need(pwrite(fd, changed, strlen(changed), 0) == (ssize_t)strlen(changed), "write");
	ask(&reading, &question, out);
	check_text(out, "1", "changing: the bytes that were hashed");
	check(reading.manifest != fd && pwrite(reading.manifest, &byte, 1, 0) < 0 &&
			ftruncate(reading.manifest, 0) < 0 &&
			mmap(NULL, 1, PROT_WRITE, MAP_SHARED, reading.manifest, 0) == MAP_FAILED,
		"changing: a copy that nobody can write", "written");
	check(!start(changed, "changing", &question, out), "changing: then", "remembered");
	check_text(out, "3", "changing: the new bytes are another manifest");
	check(start(manifest, "changing", &question, out), "changing: the old ones", "not");
	check_text(out, "1", "changing: the old ones are as they were");
}

/* The only memo in the folder: its name, and the digest that this is. */
static struct digest
only_memo(const char *folder, char path[static 512])
{
	struct digest digest = { .algorithm = DIGEST_SHA256 };
	const struct dirent *entry;
	DIR *stream;

	snprintf(path, 512, "%s/" MEMO_DIRECTORY, folder);
	stream = opendir(path);
	material_need(stream != NULL, path);
	while ((entry = readdir(stream)))
		if (text_parse_hex(entry->d_name, strlen(entry->d_name), digest.bytes, 32) == 0)
			snprintf(path, 512, "%s/" MEMO_DIRECTORY "/%.64s", folder, entry->d_name);
	closedir(stream);
	return digest;
}

/* Each byte of the file is another one: a parser is asked, and its answer kept. */
static void
test_flips(void)
{
	static const struct question question = { PROFILE, PIN };
	static char bytes[4096];
	char path[512], out[64];
	size_t wrong = 0, lost = 0;
	ssize_t length;
	int fd;

	start(manifest, "flips", &question, out);
	only_memo("flips", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = read(fd, bytes, sizeof(bytes));
	close(fd);
	material_need(length > 96, "memo");
	for (ssize_t i = 0; i < length; i++) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		bytes[i] ^= (char)(1 << i % 8);
		material_need(fd >= 0 && pwrite(fd, bytes, (size_t)length, 0) == length, path);
		bytes[i] ^= (char)(1 << i % 8);
		close(fd);
		wrong += start(manifest, "flips", &question, out) || strcmp(out, "1") != 0;
		lost += i % 16 == 0 && !start(manifest, "flips", &question, out);
	}
	check(wrong == 0 && lost == 0, "a bit of each byte", "%zu wrong, %zu not made anew", wrong,
		lost);
}

/* Should somebody have the host's key, or we a bug: what is remembered is checked like what a
 * parser says. */
static void
test_lies(void)
{
	static const struct question question = { PROFILE, PIN };
	static const struct {
		const char *name;
		uint32_t type;
		const char *id, *version;
		uint32_t more;
		bool counts; /* a lie that no check can find: hence the key */
	} rows[] = {
		{ "an honest plan", REQUEST_DONE, PIN, "1", 0, true },
		{ "another profile's", REQUEST_DONE, OTHER, "1", 0, false },
		{ "a union", REQUEST_DONE, "", "1", 0, false },
		{ "a version upwards", REQUEST_DONE, PIN, "../x", 0, false },
		{ "more than a plan", REQUEST_DONE, PIN, "1", 1, false },
		{ "a refusal for nothing", REQUEST_REFUSED, PIN, "1", 0, false },
		{ "a question", REQUEST_MANIFEST, PIN, "1", 0, false },
		{ "no type", 0, PIN, "1", 0, false },
	};
	char path[512], out[64], name[] = "a.bin";
	char *files[] = { name };
	struct profile_file places[] = { { name, 0, name } };
	struct digest digest;

	start(manifest, "lies", &question, out);
	digest = only_memo("lies", path);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct profile_version version = { { "nim", "meta", "llama", "" }, files, 1 };
		struct profile profile = { "", &version, 1, places, 1 };
		cleanup_message struct wire_message memo = { 0 };
		struct error err = { 0 };

		snprintf(version.ref.version, sizeof(version.ref.version), "%s", rows[i].version);
		snprintf(profile.id, sizeof(profile.id), "%s", rows[i].id);
		wire_put_u32(&memo, rows[i].type);
		plan_put(&memo, &profile, false);
		if (rows[i].more)
			wire_put_u32(&memo, 0);
		material_need(memo_keep(material_path("lies"), &digest, memo.bytes, memo.length,
				      &err) == 0,
			err.text);
		check(start(manifest, "lies", &question, out) == rows[i].counts, rows[i].name,
			"counts or not");
		check_text(out, "1", rows[i].name);
		check(start(manifest, "lies", &question, out), rows[i].name, "not made anew");
	}
	material_need(memo_keep(material_path("lies"), &digest, "", 0, &(struct error){ 0 }) == 0,
		"empty");
	check(!start(manifest, "lies", &question, out), "an empty memo", "counts");
	check_text(out, "1", "an empty memo");
}

/* Nowhere to keep it: each start asks. */
static void
test_nowhere(void)
{
	static const struct question question = { PROFILE, PIN };
	cleanup_fd int fd = open_text(manifest);
	struct reading plain = reading_of(fd);
	char out[64];

	material_file("nowhere", "a file");
	for (int turn = 0; turn < 2; turn++) {
		check(!start(manifest, "nowhere", &question, out), "no folder", "remembered");
		check_text(out, "1", "no folder");
		/* The descriptor stands at the end then. */
		ask(&plain, &question, out);
		check_text(out, "1", "nothing is to be remembered");
	}
	check(plain.remembered == 0 && plain.manifest == fd, "nothing is remembered", "%zu",
		plain.remembered);
}

/* The manifest that does not end: its parser has so long, and no longer. */
static void
test_endless(void)
{
	cleanup_parser struct parser parser = { 0 };
	cleanup_fd int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct reading reading = reading_of(fd);
	struct error err = { 0 };

	material_need(parser_start(PARSER_CONTAINER, &parser, &err) == 0, err.text);
	material_check(reading_remember(&reading, &parser, "x", AGE_S, &err), REASON_MANIFEST,
		"larger than", &err, "endless");
	check(reading.manifest == fd && !reading.folder, "endless: as it was", "not");
}

enum { TOGETHER = 6 };

static void
test_together(void)
{
	static const struct question question = { PROFILE, PIN };
	pid_t pids[TOGETHER];
	char out[64];
	int status, failed = 0;

	fflush(stdout);
	for (int i = 0; i < TOGETHER; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			start(manifest, "together", &question, out);
			_exit(strcmp(out, "1") != 0);
		}
	}
	for (int i = 0; i < TOGETHER; i++)
		failed += waitpid(pids[i], &status, 0) != pids[i] || status != 0;
	check(failed == 0, "together", "%d of %d failed", failed, TOGETHER);
	check(count_memos("together") == 1, "together: one memo", "%zu", count_memos("together"));
	check(start(manifest, "together", &question, out), "together: then", "not remembered");
}

/* Another program, be it a copy: it may read manifests otherwise. */
static void
test_programs(const char *program)
{
	static const struct question question = { PROFILE, PIN };
	char command[2 * LIMIT_NAME_BYTES], out[64];

	start(manifest, "programs", &question, out);
	snprintf(command, sizeof(command), "%s %s", program, material_path("programs"));
	check(system(command) == 0, "the same program", "does not remember");
	snprintf(command, sizeof(command), "cp -p %s copy && ./copy %s; test $? = 1", program,
		material_path("programs"));
	check(system(command) == 0, "another program", "remembers");
	check(start(manifest, "programs", &question, out), "the first program", "does not");
}

/* Asks in the folder at PATH, and makes no folder of its own. */
static int
run_program(const char *path)
{
	static const struct question question = { PROFILE, PIN };
	cleanup_parser struct parser parser = { 0 };
	cleanup_fd int fd = open_text(manifest);
	cleanup_reading struct reading reading = reading_of(fd);
	struct error err = { 0 };
	char out[64];

	if (parser_start(PARSER_CONTAINER, &parser, &err) ||
		reading_remember(&reading, &parser, path, AGE_S, &err))
		return 2;
	ask(&reading, &question, out);
	return strcmp(out, "1") == 0 ? !reading.remembered : 2;
}

int
main(int argc, char **argv)
{
	char program[LIMIT_NAME_BYTES];

	if (argc == 2)
		return run_program(argv[1]);
	material_need(realpath(argv[0], program) != NULL, argv[0]);
	material_enter();
	test_questions();
	test_bytes();
	test_changing();
	test_flips();
	test_lies();
	test_nowhere();
	test_endless();
	test_together();
	test_programs(program);
	return check_end();
}
