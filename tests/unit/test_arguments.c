#include "nim/arguments.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#define ID1   "03fdb4d11f01be10c31b00e7c0540e2835e89a0079b483ad2dd3c25c8cc29b61"
#define ID2   "425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd"
#define UUID  "9136dd64-4777-11ef-9f27-37cfd56fa6ee"
#define ENTRY "/opt/nvidia/nvidia_entrypoint.sh"

static const struct row {
	const char *name;
	enum arguments_kind kind;
	const char *args[8];
} rows[] = {
	/* what only lists */
	{ "list", ARGUMENTS_LIST, { "list-model-profiles" } },
	{ "list behind the entry point", ARGUMENTS_LIST, { ENTRY, "list-model-profiles" } },
	{ "list with a word", ARGUMENTS_SERVE, { "list-model-profiles", "x" } },
	{ "list with an empty word", ARGUMENTS_SERVE, { "list-model-profiles", "" } },
	{ "list with an option", ARGUMENTS_SERVE, { "list-model-profiles", "--help" } },
	{ "list with a profile", ARGUMENTS_SERVE, { "list-model-profiles", "-p", ID1 } },

	/* what only downloads */
	{ "download", ARGUMENTS_FILL, { "download-to-cache" } },
	{ "download, other spelling", ARGUMENTS_FILL, { "nim_download_to_cache" } },
	{ "download behind the entry point", ARGUMENTS_FILL, { ENTRY, "download-to-cache" } },
	{ "download all", ARGUMENTS_FILL, { "download-to-cache", "--all" } },
	{ "download LoRA", ARGUMENTS_FILL, { "download-to-cache", "--lora" } },
	{ "download -p", ARGUMENTS_FILL, { "download-to-cache", "-p", ID1 } },
	{ "download --profile", ARGUMENTS_FILL, { "nim_download_to_cache", "--profile", UUID } },
	{ "download --profiles", ARGUMENTS_FILL,
		{ ENTRY, "download-to-cache", "--profiles", ID1, ID2, UUID } },
	{ "download, several options", ARGUMENTS_FILL,
		{ "download-to-cache", "--lora", "-p", ID1, ID2, "--all" } },
	{ "download, no id", ARGUMENTS_SERVE, { "download-to-cache", "-p" } },
	{ "download, an option for an id", ARGUMENTS_SERVE,
		{ "download-to-cache", "-p", "--all" } },
	{ "download, a description", ARGUMENTS_SERVE,
		{ "download-to-cache", "--profiles", "vllm-fp16-tp1" } },
	{ "download, the second id is none", ARGUMENTS_SERVE,
		{ "download-to-cache", "-p", ID1, "x" } },
	{ "download, an id too long", ARGUMENTS_SERVE, { "download-to-cache", "-p", ID1 "0" } },
	{ "download, an id and a command", ARGUMENTS_SERVE,
		{ "download-to-cache", "-p", ID1 ";nim-serve" } },
	{ "download, an id without option", ARGUMENTS_SERVE, { "download-to-cache", ID1 } },
	{ "download, twice all", ARGUMENTS_SERVE, { "download-to-cache", "--all", "--all" } },
	{ "download, twice profiles", ARGUMENTS_SERVE,
		{ "download-to-cache", "-p", ID1, "--profiles", ID2 } },
	{ "download, joined", ARGUMENTS_SERVE, { "download-to-cache", "--profile=" ID1 } },
	{ "download, abbreviated", ARGUMENTS_SERVE, { "download-to-cache", "--al" } },
	{ "download of a URI", ARGUMENTS_SERVE,
		{ "download-to-cache", "--model-uri", "hf://a/b" } },
	{ "download to a manifest", ARGUMENTS_SERVE,
		{ "download-to-cache", "--all", "--manifest-file", "/x" } },
	{ "download to a store", ARGUMENTS_SERVE, { "download-to-cache", "-m", "/x" } },
	{ "download and the end of options", ARGUMENTS_SERVE,
		{ "download-to-cache", "--", "nim-serve" } },

	/* what only copies */
	{ "store", ARGUMENTS_FILL, { "create-model-store", "-p", ID1, "-m", "/store" } },
	{ "store, long", ARGUMENTS_FILL,
		{ ENTRY, "create-model-store", "--model-store", "store", "--profile", UUID } },
	{ "store without a profile", ARGUMENTS_SERVE, { "create-model-store", "-m", "/store" } },
	{ "store without a directory", ARGUMENTS_SERVE, { "create-model-store", "-p", ID1 } },
	{ "store with nothing", ARGUMENTS_SERVE, { "create-model-store" } },
	{ "store, two profiles", ARGUMENTS_SERVE,
		{ "create-model-store", "-p", ID1, ID2, "-m", "/store" } },
	{ "store, --profiles", ARGUMENTS_SERVE,
		{ "create-model-store", "--profiles", ID1, "-m", "/store" } },
	{ "store, an option for a directory", ARGUMENTS_SERVE,
		{ "create-model-store", "-p", ID1, "-m", "--exec" } },
	{ "store, an empty directory", ARGUMENTS_SERVE,
		{ "create-model-store", "-p", ID1, "-m", "" } },
	{ "store, no directory", ARGUMENTS_SERVE, { "create-model-store", "-p", ID1, "-m" } },
	{ "store, two directories", ARGUMENTS_SERVE,
		{ "create-model-store", "-p", ID1, "-m", "/a", "/b" } },
	{ "store, all", ARGUMENTS_SERVE, { "create-model-store", "-p", ID1, "-m", "/a", "--all" } },

	/* what serves */
	{ "nothing", ARGUMENTS_SERVE, { NULL } },
	{ "the entry point alone", ARGUMENTS_SERVE, { ENTRY } },
	{ "the server", ARGUMENTS_SERVE, { "/opt/nim/start_server.sh" } },
	{ "nim-serve", ARGUMENTS_SERVE, { "nim-serve" } },
	{ "the usual start", ARGUMENTS_SERVE, { ENTRY, "/opt/nim/start_server.sh" } },
	{ "the server is no entry point", ARGUMENTS_SERVE,
		{ "/opt/nim/start_server.sh", "list-model-profiles" } },
	{ "nim-serve is no entry point", ARGUMENTS_SERVE, { "nim-serve", "download-to-cache" } },
	{ "nim_generate_manifest", ARGUMENTS_SERVE, { "nim_generate_manifest" } },

	/* attacks */
	{ "a shell with both", ARGUMENTS_SERVE, { "bash", "-c", "download-to-cache; nim-serve" } },
	{ "a shell with one", ARGUMENTS_SERVE, { "bash", "-c", "download-to-cache" } },
	{ "a shell", ARGUMENTS_SERVE, { "bash" } },
	{ "a shell behind the entry point", ARGUMENTS_SERVE,
		{ ENTRY, "sh", "-c", "list-model-profiles" } },
	{ "a shell's option", ARGUMENTS_SERVE, { "download-to-cache", "-c", "nim-serve" } },
	{ "one word", ARGUMENTS_SERVE, { "download-to-cache;nim-serve" } },
	{ "one word with a space", ARGUMENTS_SERVE, { "download-to-cache --all" } },
	{ "a second command", ARGUMENTS_SERVE, { "download-to-cache", "&&", "nim-serve" } },
	{ "a second utility", ARGUMENTS_SERVE, { "list-model-profiles", "download-to-cache" } },
	{ "the server behind it", ARGUMENTS_SERVE, { "download-to-cache", "--all", "nim-serve" } },
	{ "the entry point twice", ARGUMENTS_SERVE, { ENTRY, ENTRY, "list-model-profiles" } },
	{ "the entry point behind", ARGUMENTS_SERVE, { "list-model-profiles", ENTRY } },
	{ "another entry point", ARGUMENTS_SERVE,
		{ "/tmp/nvidia_entrypoint.sh", "list-model-profiles" } },
	{ "the entry point, another way", ARGUMENTS_SERVE,
		{ "/opt/nvidia/../nvidia/nvidia_entrypoint.sh", "list-model-profiles" } },
	{ "env", ARGUMENTS_SERVE, { "env", "list-model-profiles" } },
	{ "a path", ARGUMENTS_SERVE, { "/model/list-model-profiles" } },
	{ "a path here", ARGUMENTS_SERVE, { "./download-to-cache" } },
	{ "the known path", ARGUMENTS_SERVE, { "/usr/local/bin/download-to-cache" } },
	{ "a newline", ARGUMENTS_SERVE, { "list-model-profiles\n" } },
	{ "a space", ARGUMENTS_SERVE, { " list-model-profiles" } },
	{ "capitals", ARGUMENTS_SERVE, { "List-Model-Profiles" } },
	{ "an empty word", ARGUMENTS_SERVE, { "", "list-model-profiles" } },
};

int
main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum arguments_kind kind;
		size_t count = 0;

		while (count < ARRAY_SIZE(rows[i].args) && rows[i].args[count])
			count++;
		kind = arguments_classify(rows[i].args, count);
		check(kind == rows[i].kind, rows[i].name, "kind %d", kind);
	}
	check(arguments_classify(NULL, 0) == ARGUMENTS_SERVE, "NULL", "not SERVE");
	return check_end();
}
