#include "gate/parser.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "border/key.h"
#include "gate/anchors.h"
#include "gate/fit.h"
#include "gate/plan.h"
#include "gate/request.h"
#include "gate/signed_model.h"
#include "gate/start.h"
#include "guard/tables.h"
#include "guard/wire.h"
#include "nim/description.h"
#include "nim/hardware.h"
#include "oms/sign.h"
#include "oms/signers.h"

#include "tests/unit/oms_material.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char good_state[] =
	"{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"status\":\"created\",\"pid\":4711,"
	"\"bundle\":\"\\/run\\/b\"}";
static const char good_config[] =
	"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"args\":[\"sh\"],"
	"\"env\":[\"NIM_MODEL_PROFILE=" PIN
	"\",\"NIM_CACHE_PATH=/c\",\"NVIDIA_VISIBLE_DEVICES=1\"]}}";
static const char good_manifest[] = "schema_version: '2.0'\nprofiles:\n- id: " PIN
				    "\n  tags: {llm_engine: vllm, precision: bf16}\n"
				    "  workspace:\n    files:\n"
				    "      a.bin: {uri: 'ngc://nim/meta/llama:1?file=a.bin'}\n"
				    "      b.bin: {uri: 'ngc://nim/meta/llama:2?file=x/b.bin'}\n";

/* A document of LENGTH bytes, zeros behind TEXT, to be read from its beginning. */
static int
open_document(const char *text, size_t length)
{
	int fd = memfd_create("document", MFD_CLOEXEC);

	material_need(fd >= 0 && pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text) &&
			      ftruncate(fd, (off_t)length) == 0,
		"document");
	return fd;
}

static void
start(struct parser *parser, enum parser_kind kind)
{
	struct error err = { 0 };

	material_need(parser_start(kind, parser, &err) == 0, err.text);
}

/* Asks for one kind of document; what comes is thrown away. */
enum ask {
	ASK_STATE,
	ASK_CONFIG,
	ASK_MANIFEST,
	ASK_DESCRIBED,
	ASK_FITTING,
	ASK_BUNDLE,
};

/* The anchors of a policy that trusts one PEM text. */
static void
make_anchors(struct anchors *anchors, const char *pem)
{
	*anchors = (struct anchors){ .method = TRUST_METHOD_KEY, .at = MATERIAL_NOW, .count = 1 };
	anchors->files[0].path = strdup("/anchors/a.pem");
	anchors->files[0].pem.bytes = strdup(pem);
	anchors->files[0].pem.length = strlen(pem);
}

/* A question about a manifest; its answer is left to the caller. */
static int
ask_manifest(struct parser *parser, const struct wire_message *question, int fd,
	struct wire_message *answer, struct error *err)
{
	material_need(fd < 0 || lseek(fd, 0, SEEK_SET) == 0, "seek");
	return parser_ask(parser, question, fd, answer, err) || parser_judge(answer, err) ? -1 : 0;
}

static int
ask_plan(struct parser *parser, enum request_type type, int fd, const char *text, struct plan *out,
	struct error *err)
{
	cleanup_message struct wire_message question = { .type = type }, answer = { 0 };

	wire_put_text(&question, text);
	if (ask_manifest(parser, &question, fd, &answer, err))
		return -1;
	return plan_get(&answer, type == REQUEST_MANIFEST ? text : "", out, err);
}

static int
ask_fit(struct parser *parser, int fd, const char *model, struct fit *out, struct error *err)
{
	cleanup_message struct wire_message question = { .type = REQUEST_FITTING }, answer = { 0 };
	struct hardware hardware = { 0 };

	hardware_add(&hardware, model, 0);
	hardware_put(&question, &hardware);
	return ask_manifest(parser, &question, fd, &answer, err) || fit_get(&answer, out, err) ? -1
											       : 0;
}

static int
ask_fitting(struct parser *parser, int fd, const char *model, struct error *err)
{
	static struct fit fit;
	int result = ask_fit(parser, fd, model ? model : "NVIDIA L40S", &fit, err);

	if (result == 0)
		plan_release(&fit.plan);
	return result;
}

static int
ask(struct parser *parser, enum ask what, int fd, const char *extra, struct error *err)
{
	static struct state state;
	static struct start got;
	cleanup_plan struct plan plan = { 0 };
	cleanup_signed_model struct signed_model model = { 0 };
	cleanup_anchors struct anchors anchors = { 0 };

	switch (what) {
	case ASK_STATE: return parser_state(parser, fd, &state, err);
	case ASK_CONFIG: return parser_config(parser, fd, &got, err);
	case ASK_MANIFEST:
		return ask_plan(parser, REQUEST_MANIFEST, fd, extra ? extra : PIN, &plan, err);
	case ASK_DESCRIBED: return ask_plan(parser, REQUEST_DESCRIBED, fd, extra, &plan, err);
	case ASK_FITTING: return ask_fitting(parser, fd, extra, err);
	default: break;
	}
	make_anchors(&anchors, extra ? extra : MATERIAL_KEY_PUBLIC);
	return parser_bundle(parser, fd, &anchors, &model, err);
}

static char *
make_bundle(void)
{
	static char name[] = "a.bin";
	static const struct resource resource = { .name = name,
		.digest = { DIGEST_SHA256, { 1 } } };
	static const struct sign_subject subject = {
		.name = "m", .resources = &resource, .resource_count = 1
	};
	struct error err = { 0 };
	struct key *key = key_parse_private(MATERIAL_KEY, strlen(MATERIAL_KEY), NULL, "key", &err);
	cleanup_free char *statement = NULL;
	char *bundle = NULL;
	size_t length;

	material_need(key && sign_statement(&subject, &statement, &length, &err) == 0 &&
			      sign_bundle(statement, length, key, NULL, 0, &bundle, &err) == 0,
		err.text);
	key_release(key);
	return bundle;
}

/* The documents of a container through one parser, as the hook does it, and the manifest through
 * one of its own. */
static void
test_container(void)
{
	cleanup_parser struct parser parser = { 0 }, reader = { 0 };
	cleanup_bytes struct file_bytes bytes = { 0 };
	cleanup_plan struct plan plan = { 0 }, described = { 0 };
	cleanup_fd int state_fd = open_document(good_state, strlen(good_state)),
		       config_fd = open_document(good_config, strlen(good_config)),
		       manifest_fd = open_document(good_manifest, strlen(good_manifest));
	static struct state state;
	static struct start got;
	struct error err = { 0 };

	start(&parser, PARSER_CONTAINER);
	check_result(parser_state(&parser, state_fd, &state, &err), REASON_NONE, &err, "state");
	check(state.pid == 4711, "state: pid", "%d", state.pid);
	check_text(state.id, "c1", "state: id");
	check_text(state.oci_bundle, "/run/b", "state: bundle");
	check_result(parser_config(&parser, config_fd, &got, &err), REASON_NONE, &err, "config");
	check_text(got.root_path, "rootfs", "config: root");
	check_text(got.cache_root, "/c", "config: cache");
	check_text(got.pin, PIN, "config: pin");
	check(got.gpus.kind == GPU_REQUEST_LISTED && got.gpus.selectors[0].number == 1,
		"config: GPUs", "kind %d", got.gpus.kind);
	check_result(parser_bytes(&parser, manifest_fd, &bytes, &err), REASON_NONE, &err, "bytes");
	check(bytes.length == strlen(good_manifest) && strcmp(bytes.bytes, good_manifest) == 0,
		"bytes: as they are", "%zu", bytes.length);
	start(&reader, PARSER_MANIFEST);
	check_result(ask_plan(&reader, REQUEST_MANIFEST, manifest_fd, got.pin, &plan, &err),
		REASON_NONE, &err, "manifest");
	check(plan.profile.version_count == 2 && plan.profile.versions[1].file_count == 1,
		"manifest: versions", "%zu", plan.profile.version_count);
	if (plan.profile.version_count == 2)
		check_text(plan.profile.versions[1].files[0], "x/b.bin", "manifest: file");
	check_result(
		ask_plan(&reader, REQUEST_DESCRIBED, manifest_fd, "vllm-bf16", &described, &err),
		REASON_NONE, &err, "described");
	check(described.profile.version_count == 2 && !described.profile.id[0],
		"described: a union", "%zu", described.profile.version_count);
}

/* What is left on one kind of GPU, and what is said of the rest. */
static void
test_fitting(void)
{
	static const char manifest[] =
		"schema_version: '2.0'\nprofiles:\n"
		"- {id: a, tags: {gpu: h100, tp: '2'}, workspace: {files: {x: {uri: 'ngc://o/m:1?file=x'}}}}\n"
		"- {id: b, tags: {tp: '1'}, workspace: {files: {x: {uri: 'ngc://o/m:2?file=x'}}}}\n"
		"- {id: c, tags: {gpu: a100}, workspace: {files: {x: {uri: 'ngc://o/m:3?file=x'}}}}\n";
	cleanup_fd int fd = open_document(manifest, strlen(manifest));
	cleanup_parser struct parser parser = { 0 };
	static struct fit fit;
	struct error err = { 0 };

	start(&parser, PARSER_MANIFEST);
	for (int i = 0; i < 2; i++) {
		check_result(ask_fit(&parser, fd, "NVIDIA L40S", &fit, &err), REASON_NONE, &err,
			"fitting");
		check(fit.count == 3 && fit.left_out == 2 && !fit.plan.foreign &&
				fit.plan.profile.version_count == 1,
			"fitting: counts", "%zu of %zu", fit.left_out, fit.count);
		check_text(fit.first, "h100-tp2", "fitting: the first");
		if (fit.plan.profile.version_count == 1)
			check_text(fit.plan.profile.versions[0].ref.version, "2", "fitting: left");
		plan_release(&fit.plan);
	}
}

static void
test_signature(void)
{
	cleanup_free char *bundle = make_bundle();
	cleanup_fd int fd = open_document(bundle, strlen(bundle));
	cleanup_parser struct parser parser = { 0 };
	cleanup_anchors struct anchors anchors = { 0 };
	cleanup_signed_model struct signed_model model = { 0 };
	struct error err = { 0 };

	make_anchors(&anchors, MATERIAL_KEY_PUBLIC);
	start(&parser, PARSER_SIGNATURE);
	check_result(
		parser_bundle(&parser, fd, &anchors, &model, &err), REASON_NONE, &err, "signature");
	check(signed_model_find(&model, "a.bin") && model.statement.resource_count == 1,
		"signature: resources", "%zu", model.statement.resource_count);
	check(model.payload_digest.algorithm == DIGEST_SHA256 &&
			strncmp(model.signer.subject, "key sha256:", 11) == 0,
		"signature: signer", "%s", model.signer.subject);
}

/* A signature of somebody who may not sign tells who it was, and nothing else. */
static void
test_signers(void)
{
	cleanup_free char *bundle = make_bundle();
	cleanup_fd int fd = open_document(bundle, strlen(bundle)),
		       again = open_document(bundle, strlen(bundle));
	cleanup_parser struct parser parser = { 0 };
	cleanup_anchors struct anchors anchors = { 0 };
	cleanup_signed_model struct signed_model model = { 0 };
	cleanup_signers struct signers nobody = { 0 }, signers = { 0 };
	struct error err = { 0 };

	make_anchors(&anchors, MATERIAL_KEY_PUBLIC);
	start(&parser, PARSER_SIGNATURE);
	material_need(signers_add(&nobody, 0, SIGNERS_SPKI,
			      "0000000000000000000000000000000000000000000000000000000000000000",
			      &err) == 0,
		err.text);
	anchors.signers = &nobody;
	material_check(parser_bundle(&parser, fd, &anchors, &model, &err), REASON_SIGNER,
		"wanted: spki 0000", &err, "signers: not pinned");
	check(model.signer.spki.algorithm == DIGEST_SHA256 &&
			model.payload_digest.algorithm == DIGEST_NONE &&
			!model.statement.resource_count,
		"signers: says who, and nothing else", "%zu", model.statement.resource_count);
	material_need(signers_add(&signers, 0, SIGNERS_SPKI, digest_format(&model.signer.spki).text,
			      &err) == 0,
		err.text);
	anchors.signers = &signers;
	check_result(parser_bundle(&parser, again, &anchors, &model, &err), REASON_NONE, &err,
		"signers: pinned");
	check(model.statement.resource_count == 1, "signers: pinned", "%zu resources",
		model.statement.resource_count);
}

/* Each refusal comes back with its reason, and the parser answers the next question. */
static void
test_refusals(void)
{
	static const struct {
		const char *name;
		enum parser_kind kind;
		enum ask what;
		const char *text, *extra;
		size_t length; /* 0: of the text */
		enum reason wanted;
		const char *words;
	} rows[] = {
		{ "state: not JSON", 0, ASK_STATE, "{", NULL, 0, REASON_CONFIG, NULL },
		{ "state: empty", 0, ASK_STATE, "", NULL, 0, REASON_CONFIG, NULL },
		{ "state: no process", 0, ASK_STATE,
			"{\"ociVersion\":\"1\",\"id\":\"c\",\"pid\":0,\"bundle\":\"/b\"}", NULL, 0,
			REASON_UNSEEN, NULL },
		{ "state: too large", 0, ASK_STATE, good_state, NULL, LIMIT_STATE_BYTES + 1,
			REASON_UNSEEN, "larger than 1048576" },
		{ "config: not JSON", 0, ASK_CONFIG, "[]", NULL, 0, REASON_CONFIG, NULL },
		{ "config: two profiles", 0, ASK_CONFIG,
			"{\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"a\"],\"env\":["
			"\"NIM_MODEL_PROFILE=a\",\"NIM_MODEL_PROFILE=b\"]}}",
			NULL, 0, REASON_POLICY, "NIM_MODEL_PROFILE" },
		{ "config: too large", 0, ASK_CONFIG, good_config, NULL, LIMIT_CONFIG_BYTES + 1,
			REASON_CONFIG, "larger than" },
		{ "manifest: not YAML", PARSER_MANIFEST, ASK_MANIFEST, "[", NULL, 0,
			REASON_MANIFEST, NULL },
		{ "manifest: no such profile", PARSER_MANIFEST, ASK_MANIFEST, good_manifest,
			"1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 0,
			REASON_PROFILE, NULL },
		{ "manifest: a pin too long", PARSER_MANIFEST, ASK_MANIFEST, good_manifest, PIN "0",
			0, REASON_PROFILE, "has no profile" },
		{ "described: no such description", PARSER_MANIFEST, ASK_DESCRIBED, good_manifest,
			"vllm-fp8", 0, REASON_PROFILE, "no profile of the description 'vllm-fp8'" },
		{ "described: not YAML", PARSER_MANIFEST, ASK_DESCRIBED, "[", "vllm-bf16", 0,
			REASON_MANIFEST, NULL },
		{ "fitting: nothing to leave out", PARSER_MANIFEST, ASK_FITTING, good_manifest,
			"NVIDIA L40S", 0, REASON_PROFILE, "no profile needs other GPUs" },
		{ "fitting: not YAML", PARSER_MANIFEST, ASK_FITTING, "[", "NVIDIA L40S", 0,
			REASON_MANIFEST, NULL },
		{ "fitting: unknown hardware", PARSER_MANIFEST, ASK_FITTING, good_manifest,
			"NVIDIA Z1", 0, REASON_INTERNAL, "malformed request" },
		{ "manifest: too large", PARSER_MANIFEST, ASK_MANIFEST, good_manifest, NULL,
			LIMIT_MANIFEST_BYTES + 1, REASON_MANIFEST, "larger than" },
		{ "bundle: not JSON", PARSER_SIGNATURE, ASK_BUNDLE, "x", NULL, 0, REASON_BUNDLE,
			NULL },
		{ "bundle: another key", PARSER_SIGNATURE, ASK_BUNDLE, NULL, MATERIAL_OTHER_PUBLIC,
			0, REASON_SIGNATURE, NULL },
		{ "bundle: no anchor", PARSER_SIGNATURE, ASK_BUNDLE, NULL, "rubbish", 0,
			REASON_CONFIG, "/anchors/a.pem" },
		{ "bundle: too large", PARSER_SIGNATURE, ASK_BUNDLE, "{}", NULL,
			LIMIT_BUNDLE_BYTES + 1, REASON_BUNDLE, "larger than" },
		/* A parser of one kind does not answer for the other. */
		{ "other kind: state", PARSER_SIGNATURE, ASK_STATE, good_state, NULL, 0,
			REASON_INTERNAL, "does not know request 1" },
		{ "other kind: config", PARSER_SIGNATURE, ASK_CONFIG, good_config, NULL, 0,
			REASON_INTERNAL, "does not know request 2" },
		{ "other kind: manifest", PARSER_SIGNATURE, ASK_MANIFEST, good_manifest, NULL, 0,
			REASON_INTERNAL, "does not know request 4" },
		{ "other kind: a container's manifest", PARSER_CONTAINER, ASK_MANIFEST,
			good_manifest, NULL, 0, REASON_INTERNAL, "does not know request 4" },
		{ "other kind: a container's description", PARSER_CONTAINER, ASK_DESCRIBED,
			good_manifest, "vllm-bf16", 0, REASON_INTERNAL, "request 5" },
		{ "other kind: the GPUs of a container", PARSER_CONTAINER, ASK_FITTING,
			good_manifest, NULL, 0, REASON_INTERNAL, "request 6" },
		{ "other kind: a manifest's state", PARSER_MANIFEST, ASK_STATE, good_state, NULL, 0,
			REASON_INTERNAL, "does not know request 1" },
		{ "other kind: a manifest's config", PARSER_MANIFEST, ASK_CONFIG, good_config, NULL,
			0, REASON_INTERNAL, "does not know request 2" },
		{ "other kind: described", PARSER_SIGNATURE, ASK_DESCRIBED, good_manifest,
			"vllm-bf16", 0, REASON_INTERNAL, NULL },
		{ "other kind: bundle", PARSER_CONTAINER, ASK_BUNDLE, NULL, NULL, 0,
			REASON_INTERNAL, "does not know request 8" },
	};
	cleanup_free char *bundle = make_bundle();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text = rows[i].text ? rows[i].text : bundle;
		const enum ask next = rows[i].kind == PARSER_SIGNATURE  ? ASK_BUNDLE
				      : rows[i].kind == PARSER_MANIFEST ? ASK_MANIFEST
									: ASK_STATE;
		const char *good = next == ASK_BUNDLE     ? bundle
				   : next == ASK_MANIFEST ? good_manifest
							  : good_state;
		cleanup_parser struct parser parser = { 0 };
		cleanup_fd int fd = open_document(
				       text, rows[i].length ? rows[i].length : strlen(text)),
			       good_fd = open_document(good, strlen(good));
		struct error err = { 0 };

		start(&parser, rows[i].kind);
		material_check(ask(&parser, rows[i].what, fd, rows[i].extra, &err), rows[i].wanted,
			rows[i].words, &err, rows[i].name);
		check_result(ask(&parser, next, good_fd, NULL, &err), REASON_NONE, &err,
			"the next question");
	}
}

static void
test_descriptors(void)
{
	static const char *const names[] = { "a directory", "no descriptor" };

	for (int i = 0; i < 2; i++) {
		cleanup_parser struct parser parser = { 0 };
		cleanup_fd int fd = i ? -1 : open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct error err = { 0 };

		start(&parser, PARSER_CONTAINER);
		check_result(ask(&parser, ASK_STATE, fd, NULL, &err),
			i ? REASON_INTERNAL : REASON_IO, &err, names[i]);
	}
}

/* The engine never ends the state: the time ends, and the parser with it. */
static void
test_hang(void)
{
	cleanup_parser struct parser parser = { 0 };
	cleanup_fd int fd = open_document(good_config, strlen(good_config));
	int64_t before = clock_monotonic_ms();
	struct error err = { 0 };
	int ends[2];
	pid_t pid;

	material_need(
		pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], good_state, strlen(good_state)) > 0,
		"pipe");
	start(&parser, PARSER_CONTAINER);
	pid = parser.child.pid;
	material_check(ask(&parser, ASK_STATE, ends[0], NULL, &err), REASON_INTERNAL,
		"no answer within 5000 ms", &err, "hang");
	check(err.os_errno == ETIMEDOUT && clock_monotonic_ms() - before < LIMIT_STATE_MS + 2000,
		"hang: in time", "%lld ms", (long long)(clock_monotonic_ms() - before));
	check(kill(pid, 0) < 0 && errno == ESRCH, "hang: ended", "lives");
	material_check(ask(&parser, ASK_CONFIG, fd, NULL, &err), REASON_INTERNAL,
		"the parser has ended", &err, "hang: no further question");
	close(ends[0]);
	close(ends[1]);
}

static void
test_killed(void)
{
	cleanup_parser struct parser parser = { 0 };
	cleanup_fd int fd = open_document(good_state, strlen(good_state));
	struct error err = { 0 };
	siginfo_t info;

	start(&parser, PARSER_CONTAINER);
	material_need(kill(parser.child.pid, SIGKILL) == 0 &&
			      waitid(P_PID, (id_t)parser.child.pid, &info, WEXITED | WNOWAIT) == 0,
		"kill");
	check_result(ask(&parser, ASK_STATE, fd, NULL, &err), REASON_INTERNAL, &err, "killed");
	check(parser.child.pid == 0, "killed: collected", "not");
	parser_end(&parser);
}

/* What a taken-over parser says to every question. */
struct lie {
	const char *name;
	uint32_t type;
	enum ask what;
	void (*put)(struct wire_message *message);
	enum reason wanted;
	const char *words;
};

static void
put_nothing(struct wire_message *message)
{
	(void)message;
}

static void
put_state(struct wire_message *message, uint32_t pid, const char *bundle)
{
	wire_put_u32(message, pid);
	wire_put_text(message, "c");
	wire_put_text(message, bundle);
	wire_put_text(message, "");
}

static void
put_good_state(struct wire_message *message)
{
	put_state(message, 2, "/b");
}

static void
put_init(struct wire_message *message)
{
	put_state(message, 1, "/b");
}

static void
put_negative(struct wire_message *message)
{
	put_state(message, UINT32_MAX, "/b");
}

static void
put_relative(struct wire_message *message)
{
	put_state(message, 2, "b");
}

static void
put_long_state(struct wire_message *message)
{
	static char id[STATE_ID_MAX + 2];

	memset(id, 'i', sizeof(id) - 1);
	wire_put_u32(message, 2);
	wire_put_text(message, id);
	wire_put_text(message, "/b");
	wire_put_text(message, "");
}

static void
put_more_state(struct wire_message *message)
{
	put_state(message, 2, "/b");
	wire_put_u32(message, 0);
}

static void
put_refusal(struct wire_message *message, uint32_t reason, const char *text)
{
	wire_put_u32(message, reason);
	wire_put_u32(message, 0);
	wire_put_text(message, text);
}

static void
put_hostile_refusal(struct wire_message *message)
{
	put_refusal(message, REASON_CONFIG, "a\n\033[2J");
}

static void
put_no_refusal(struct wire_message *message)
{
	put_refusal(message, REASON_NONE, "fine");
}

static void
put_unknown_refusal(struct wire_message *message)
{
	put_refusal(message, REASON_COUNT, "x");
}

static void
put_long_refusal(struct wire_message *message)
{
	static char text[LIMIT_ERROR_TEXT + 2];

	memset(text, 't', sizeof(text) - 1);
	put_refusal(message, REASON_CONFIG, text);
}

static void
put_fit(struct wire_message *message, uint64_t count, uint64_t left_out, const char *first)
{
	static struct profile_version version = { { "o", "", "m", "1" }, NULL, 0 };
	static const struct profile profile = { "", &version, 1, NULL, 0 };

	wire_put_u64(message, count);
	wire_put_u64(message, left_out);
	wire_put_text(message, first);
	plan_put(message, &profile, false);
}

static void
put_good_fit(struct wire_message *message)
{
	put_fit(message, 2, 1, "\n\033[2J");
}

static void
put_fit_of_all(struct wire_message *message)
{
	put_fit(message, 2, 0, "a");
}

static void
put_fit_of_none(struct wire_message *message)
{
	put_fit(message, 2, 2, "a");
}

static void
put_fit_of_more(struct wire_message *message)
{
	put_fit(message, 2, UINT64_MAX, "a");
}

static void
put_fit_of_many(struct wire_message *message)
{
	put_fit(message, LIMIT_PROFILES + 1, 1, "a");
}

static void
put_fit_without_name(struct wire_message *message)
{
	put_fit(message, 2, 1, NULL);
}

static void
put_fit_with_long_name(struct wire_message *message)
{
	static char name[DESCRIPTION_MAX + 1];

	memset(name, 'n', sizeof(name) - 1);
	put_fit(message, 2, 1, name);
}

static void
put_fit_without_plan(struct wire_message *message)
{
	wire_put_u64(message, 2);
	wire_put_u64(message, 1);
	wire_put_text(message, "a");
}

static void
put_fit_and_more(struct wire_message *message)
{
	put_fit(message, 2, 1, "a");
	wire_put_u32(message, 0);
}

static int
serve_lie(void *context, int socket)
{
	const struct lie *lie = context;
	cleanup_message struct wire_message request = { 0 }, answer = { .type = lie->type };
	struct error err;
	int fd;

	if (wire_receive(socket, -1, &request, &fd, &err) != 1)
		return 1;
	lie->put(&answer);
	wire_send(socket, &answer, -1, &err);
	return wire_receive(socket, -1, &request, &fd, &err);
}

static void
test_lies(void)
{
	static struct lie rows[] = {
		{ "an honest state", REQUEST_DONE, ASK_STATE, put_good_state, REASON_NONE, NULL },
		{ "the host's init", REQUEST_DONE, ASK_STATE, put_init, REASON_INTERNAL,
			"about the state" },
		{ "a negative process", REQUEST_DONE, ASK_STATE, put_negative, REASON_INTERNAL,
			"about the state" },
		{ "a relative bundle", REQUEST_DONE, ASK_STATE, put_relative, REASON_INTERNAL,
			"about the state" },
		{ "an id too long", REQUEST_DONE, ASK_STATE, put_long_state, REASON_INTERNAL,
			"about the state" },
		{ "more than a state", REQUEST_DONE, ASK_STATE, put_more_state, REASON_INTERNAL,
			"about the state" },
		{ "an empty state", REQUEST_DONE, ASK_STATE, put_nothing, REASON_INTERNAL,
			"about the state" },
		{ "an empty start", REQUEST_DONE, ASK_CONFIG, put_nothing, REASON_INTERNAL,
			"about config.json" },
		{ "an empty plan", REQUEST_DONE, ASK_MANIFEST, put_nothing, REASON_INTERNAL,
			"about the manifest" },
		{ "an empty signature", REQUEST_DONE, ASK_BUNDLE, put_nothing, REASON_INTERNAL,
			"about the signature" },
		{ "a state for a signature", REQUEST_DONE, ASK_BUNDLE, put_good_state,
			REASON_INTERNAL, "about the signature" },
		{ "an honest fit", REQUEST_DONE, ASK_FITTING, put_good_fit, REASON_NONE, NULL },
		{ "a fit of all", REQUEST_DONE, ASK_FITTING, put_fit_of_all, REASON_INTERNAL,
			"about the manifest" },
		{ "a fit of none", REQUEST_DONE, ASK_FITTING, put_fit_of_none, REASON_INTERNAL,
			"about the manifest" },
		{ "a fit of more than none", REQUEST_DONE, ASK_FITTING, put_fit_of_more,
			REASON_INTERNAL, "about the manifest" },
		{ "a fit of too many", REQUEST_DONE, ASK_FITTING, put_fit_of_many, REASON_INTERNAL,
			"about the manifest" },
		{ "a fit without a name", REQUEST_DONE, ASK_FITTING, put_fit_without_name,
			REASON_INTERNAL, "about the manifest" },
		{ "a fit with a long name", REQUEST_DONE, ASK_FITTING, put_fit_with_long_name,
			REASON_INTERNAL, "about the manifest" },
		{ "a fit without a plan", REQUEST_DONE, ASK_FITTING, put_fit_without_plan,
			REASON_INTERNAL, "about the manifest" },
		{ "more than a fit", REQUEST_DONE, ASK_FITTING, put_fit_and_more, REASON_INTERNAL,
			"about the manifest" },
		{ "an empty fit", REQUEST_DONE, ASK_FITTING, put_nothing, REASON_INTERNAL,
			"about the manifest" },
		{ "a question for an answer", REQUEST_STATE, ASK_STATE, put_good_state,
			REASON_INTERNAL, "the parser's answer is malformed" },
		{ "an unknown answer", 99, ASK_STATE, put_good_state, REASON_INTERNAL,
			"the parser's answer is malformed" },
		{ "gives up", SPAWN_FAILED, ASK_STATE, put_nothing, REASON_INTERNAL,
			"cannot work" },
		{ "a hostile refusal", REQUEST_REFUSED, ASK_STATE, put_hostile_refusal,
			REASON_CONFIG, "a" },
		{ "a refusal for nothing", REQUEST_REFUSED, ASK_STATE, put_no_refusal,
			REASON_INTERNAL, "refusal is malformed" },
		{ "a refusal of no kind", REQUEST_REFUSED, ASK_STATE, put_unknown_refusal,
			REASON_INTERNAL, "refusal is malformed" },
		{ "a refusal too long", REQUEST_REFUSED, ASK_STATE, put_long_refusal,
			REASON_INTERNAL, "refusal is malformed" },
		{ "an empty refusal", REQUEST_REFUSED, ASK_STATE, put_nothing, REASON_INTERNAL,
			"refusal is malformed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct spawn_options options = { .name = "parser",
			.table = &tables_parser,
			.serve = serve_lie,
			.context = &rows[i] };
		cleanup_parser struct parser parser = { 0 };
		cleanup_fd int fd = open_document(good_state, strlen(good_state));
		struct error err = { 0 };
		size_t bad = 0;

		material_need(spawn_start(&options, &parser.child, &err) == 0, err.text);
		material_check(ask(&parser, rows[i].what, fd, NULL, &err), rows[i].wanted,
			rows[i].words, &err, rows[i].name);
		for (const char *c = err.text; *c; c++)
			bad += *c < 0x20 || *c > 0x7e;
		check(bad == 0, rows[i].name, "%zu bytes for the terminal", bad);
	}
}

int
main(void)
{
	struct parser none = { 0 };

	parser_end(&none);
	check(fcntl(STDIN_FILENO, F_GETFD) >= 0, "the end of none closes nothing", "stdin");
	test_container();
	test_fitting();
	test_signature();
	test_signers();
	test_refusals();
	test_descriptors();
	test_killed();
	test_lies();
	test_hang();
	return check_end();
}
