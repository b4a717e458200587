#include "gate/reading.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/memfile.h"
#include "base/text.h"
#include "gate/fit.h"
#include "gate/parser.h"
#include "gate/plan.h"
#include "gate/request.h"
#include "guard/wire.h"
#include "nim/description.h"
#include "nim/hardware.h"
#include "receipt/memo.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM "/proc/self/exe"

struct reading
reading_of(int fd)
{
	return (struct reading){ .manifest = fd };
}

int
reading_remember(struct reading *reading, struct parser *parser, const char *folder,
	int64_t age_max_s, struct error *err)
{
	struct reading all = { .manifest = -1,
		.folder = folder,
		.age_max_s = age_max_s,
		.meanwhile = reading->meanwhile,
		.context = reading->context };

	parser->meanwhile = all.meanwhile;
	parser->context = all.context;
	all.meanwhile = NULL;
	if (parser_bytes(parser, reading->manifest, &all.bytes, err))
		return -1;
	if (digest_compute(DIGEST_SHA256, all.bytes.bytes, all.bytes.length, &all.digest, err)) {
		file_release(&all.bytes);
		return -1;
	}
	*reading = all;
	return 0;
}

void
reading_close(struct reading *reading)
{
	if (reading->folder)
		mem_close_fd(&reading->manifest);
	file_release(&reading->bytes);
}

/* The program that answers: another release or build, which is another file, may answer otherwise.
 */
static int
put_program(struct wire_message *out, struct error *err)
{
	struct stat st;

	if (stat(PROGRAM, &st))
		return error_set_os(err, REASON_INTERNAL, errno, "%s", PROGRAM);
	wire_put_u64(out, st.st_dev);
	wire_put_u64(out, st.st_ino);
	wire_put_u64(out, (uint64_t)st.st_size);
	wire_put_u64(out, (uint64_t)st.st_mtim.tv_sec);
	wire_put_u64(out, (uint64_t)st.st_mtim.tv_nsec);
	wire_put_u64(out, (uint64_t)st.st_ctim.tv_sec);
	wire_put_u64(out, (uint64_t)st.st_ctim.tv_nsec);
	return 0;
}

/* All that the answer depends on, each part with its length. */
static int
name_answer(const struct reading *reading, const struct wire_message *question, struct digest *out,
	struct error *err)
{
	cleanup_message struct wire_message all = { 0 };

	if (put_program(&all, err))
		return -1;
	wire_put_u32(&all, question->type);
	wire_put_u64(&all, question->length);
	wire_put_bytes(&all, question->bytes, question->length);
	wire_put_bytes(&all, reading->digest.bytes, digest_size(reading->digest.algorithm));
	if (all.failed)
		return error_no_memory(err);
	return digest_compute(DIGEST_SHA256, all.bytes, all.length, out, err);
}

/* The answer's type, and its bytes as they came. */
static bool
recall(const struct reading *reading, const struct digest *name, struct wire_message *answer)
{
	struct file_bytes memo;

	if (!memo_find(reading->folder, name, reading->age_max_s, &memo))
		return false;
	*answer = (struct wire_message){ .bytes = (uint8_t *)memo.bytes, .length = memo.length };
	answer->type = wire_get_u32(answer);
	return true;
}

/* What cannot be kept is asked for again. */
static void
keep(const struct reading *reading, const struct digest *name, const struct wire_message *answer)
{
	cleanup_message struct wire_message memo = { 0 };
	struct error ignored;

	wire_put_u32(&memo, answer->type);
	wire_put_bytes(&memo, answer->bytes, answer->length);
	if (!memo.failed)
		memo_keep(reading->folder, name, memo.bytes, memo.length, &ignored);
}

static int
ask_parser(struct reading *reading, const struct wire_message *question,
	struct wire_message *answer, struct error *err)
{
	cleanup_parser struct parser parser = { 0 };

	if (reading->manifest < 0)
		reading->manifest =
			memfile_make("manifest", reading->bytes.bytes, reading->bytes.length, err);
	if (reading->manifest < 0)
		return -1;
	/* The parser reads from where the descriptor stands. */
	if (lseek(reading->manifest, 0, SEEK_SET))
		return error_set_os(err, REASON_IO, errno, "a document cannot be read again");
	if (parser_start(PARSER_MANIFEST, &parser, err))
		return -1;
	parser.meanwhile = reading->meanwhile;
	parser.context = reading->context;
	reading->meanwhile = NULL;
	return parser_ask(&parser, question, reading->manifest, answer, err);
}

/* What is made of an answer. */
struct taking {
	int (*take)(struct wire_message *answer, const struct taking *taking, struct error *err);
	const char *pin; /* the id that the plan must have */
	void *out;
};

static int
take(struct wire_message *answer, const struct taking *taking, struct error *err)
{
	return parser_judge(answer, err) || taking->take(answer, taking, err) ? -1 : 0;
}

/* A refusal that says no more than that the manifest has no such profile, and all that is none,
 * would be the same again. */
static bool
is_lasting(int result, const struct error *err)
{
	return result == 0 || err->reason == REASON_PROFILE;
}

static int
ask(struct reading *reading, const struct wire_message *question, const struct taking *taking,
	struct error *err)
{
	cleanup_message struct wire_message remembered = { 0 }, answer = { 0 };
	struct digest name;
	const bool lasts = reading->folder && name_answer(reading, question, &name, err) == 0;
	int result;

	if (lasts && recall(reading, &name, &remembered)) {
		result = take(&remembered, taking, err);
		if (is_lasting(result, err)) {
			reading->remembered++;
			return result;
		}
	}
	if (ask_parser(reading, question, &answer, err))
		return -1;
	result = take(&answer, taking, err);
	if (lasts && is_lasting(result, err))
		keep(reading, &name, &answer);
	return result;
}

static int
take_plan(struct wire_message *answer, const struct taking *taking, struct error *err)
{
	return plan_get(answer, taking->pin, taking->out, err);
}

/* Asks for a part of the manifest by TEXT; PIN is the id that the plan must have. */
static int
ask_plan(struct reading *reading, enum request_type type, const char *text, const char *pin,
	struct plan *out, struct error *err)
{
	cleanup_message struct wire_message question = { .type = type };
	const struct taking taking = { .take = take_plan, .pin = pin, .out = out };

	wire_put_text(&question, text);
	return ask(reading, &question, &taking, err);
}

int
reading_profile(struct reading *reading, const char *pin, struct plan *out, struct error *err)
{
	return ask_plan(reading, REQUEST_MANIFEST, pin, pin, out, err);
}

int
reading_described(
	struct reading *reading, const char *description, struct plan *out, struct error *err)
{
	if (strlen(description) >= DESCRIPTION_MAX)
		return error_set(err, REASON_PROFILE, 0, "%s is too long for a description",
			TEXT_QUOTE(description));
	return ask_plan(reading, REQUEST_DESCRIBED, description, "", out, err);
}

static int
take_fit(struct wire_message *answer, const struct taking *taking, struct error *err)
{
	return fit_get(answer, taking->out, err);
}

int
reading_fitting(struct reading *reading, const struct hardware *hardware, struct fit *out,
	struct error *err)
{
	cleanup_message struct wire_message question = { .type = REQUEST_FITTING };
	const struct taking taking = { .take = take_fit, .out = out };

	hardware_put(&question, hardware);
	return ask(reading, &question, &taking, err);
}
