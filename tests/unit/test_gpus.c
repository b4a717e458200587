#include "oci/gpus.h"

#include "base/mem.h"
#include "base/node.h"
#include "border/json.h"
#include "hash/gpu.h"

#include "tests/unit/check.h"

#define UUID             "GPU-11111111-2222-3333-4444-555555550001"
#define ENV(values)      "{\"process\":{\"env\":[" values "]}}"
#define SET(value)       ENV("\"NVIDIA_VISIBLE_DEVICES=" value "\"")
#define DEVICE(minor)    "{\"path\":\"/dev/nvidia\",\"type\":\"c\",\"major\":195,\"minor\":" minor "}"
#define DEVICES(devices) "\"linux\":{\"devices\":[" devices "]}"
#define MOUNT(name)                                                                                \
	"{\"destination\":\"/var/run/nvidia-container-devices/" name "\",\"source\":\"/dev/null\"" \
	"}"
#define BY_MOUNTS(mounts)                                                                        \
	"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=/var/run/nvidia-container-devices\"]}," \
	"\"mounts\":[" mounts "]}"

/* What the request is, in words: "index 0, minor 3". */
static const char *
words_of(const struct gpu_request *request, char *out, size_t size)
{
	static const char *const kinds[] = { "index", "minor", "pci", "uuid", "instance" };
	size_t used = 0;

	out[0] = '\0';
	if (request->kind == GPU_REQUEST_ALL)
		return "all";
	if (request->kind == GPU_REQUEST_NONE)
		return "none";
	if (request->kind == GPU_REQUEST_UNCLEAR)
		snprintf(out, size, "unclear %s", request->unclear);
	for (size_t i = 0; i < request->count; i++) {
		const struct gpu_selector *selector = &request->selectors[i];
		unsigned long long number =
			selector->kind >= GPU_UUID ? selector->uuid[15] : selector->number;

		used += (size_t)snprintf(out + used, size - used, "%s%s %llu", i ? ", " : "",
			kinds[selector->kind], number);
	}
	return out;
}

static const struct {
	const char *name, *config, *wanted;
	enum gpu_source source;
} rows[] = {
	/* NVIDIA_VISIBLE_DEVICES */
	{ "nothing", "{}", "none", GPU_SOURCE_NONE },
	{ "no variable", ENV("\"A=1\",\"NVIDIA_VISIBLE_DEVICES_X=0\""), "none", GPU_SOURCE_NONE },
	{ "an empty variable", SET(""), "none", GPU_SOURCE_NONE },
	{ "void", SET("void"), "none", GPU_SOURCE_NONE },
	{ "none", SET("none"), "none", GPU_SOURCE_NONE },
	{ "void among others", SET("0, void"), "none", GPU_SOURCE_NONE },
	{ "commas", SET(",,"), "none", GPU_SOURCE_NONE },
	{ "all", SET("all"), "all", GPU_SOURCE_ENVIRONMENT },
	{ "an index", SET("0"), "index 0", GPU_SOURCE_ENVIRONMENT },
	{ "indices", SET("0,3"), "index 0, index 3", GPU_SOURCE_ENVIRONMENT },
	{ "spaces and commas", SET(" 0 ,, 3 ,"), "index 0, index 3", GPU_SOURCE_ENVIRONMENT },
	{ "a UUID", SET(UUID), "uuid 1", GPU_SOURCE_ENVIRONMENT },
	{ "a MIG device", SET("MIG-11111111-2222-3333-4444-555555550002"), "instance 2",
		GPU_SOURCE_ENVIRONMENT },
	{ "an old MIG device", SET("MIG-" UUID "/1/0"), "uuid 1", GPU_SOURCE_ENVIRONMENT },
	{ "a MIG index", SET("1:0"), "index 1", GPU_SOURCE_ENVIRONMENT },
	{ "a PCI address", SET("0000:00:00.1"), "pci 1", GPU_SOURCE_ENVIRONMENT },
	{ "the image's and docker's",
		ENV("\"NVIDIA_VISIBLE_DEVICES=all\",\"NVIDIA_VISIBLE_DEVICES=1\""), "index 1",
		GPU_SOURCE_ENVIRONMENT },
	{ "a CDI name", SET("nvidia.com/gpu=2,runtime.nvidia.com/gpu=3"), "index 2, index 3",
		GPU_SOURCE_ENVIRONMENT },
	{ "another's CDI name", SET("amd.com/gpu=2"), "none", GPU_SOURCE_NONE },
	{ "nonsense", SET("0,\\u001b[31m"), "unclear \033[31m", GPU_SOURCE_ENVIRONMENT },
	{ "a path", SET("/dev/nvidia0"), "unclear /dev/nvidia0", GPU_SOURCE_ENVIRONMENT },
	/* The mounts that it points to. */
	{ "mounts", BY_MOUNTS(MOUNT("0") "," MOUNT(UUID)), "index 0, uuid 1",
		GPU_SOURCE_ENVIRONMENT },
	{ "mounts of CDI devices", BY_MOUNTS(MOUNT("cdi/nvidia.com/gpu/all")), "all",
		GPU_SOURCE_ENVIRONMENT },
	{ "mounts of nothing", BY_MOUNTS(MOUNT("")), "unclear ", GPU_SOURCE_ENVIRONMENT },
	{ "other mounts",
		BY_MOUNTS("{\"destination\":\"/var/run/nvidia-container-devices2/0\"},1,{}"),
		"none", GPU_SOURCE_NONE },
	{ "mounts that nothing points to", "{\"mounts\":[" MOUNT("0") "]}", "none",
		GPU_SOURCE_NONE },
	/* CDI annotations. */
	{ "an annotation", "{\"annotations\":{\"cdi.k8s.io/plugin_a\":\"nvidia.com/gpu=1\"}}",
		"index 1", GPU_SOURCE_CDI },
	{ "annotations",
		"{\"annotations\":{\"cdi.k8s.io/a\":\"nvidia.com/gpu=" UUID
		",k8s.device-plugin.nvidia.com/gpu=0\",\"cdi.k8s.io/b\":\"nvidia.com/gpu=gpu3\"}}",
		"uuid 1, index 0, index 3", GPU_SOURCE_CDI },
	{ "an annotation of all", "{\"annotations\":{\"cdi.k8s.io/a\":\"nvidia.com/gpu=all\"}}",
		"all", GPU_SOURCE_CDI },
	{ "an annotation of no device", "{\"annotations\":{\"cdi.k8s.io/a\":\"nvidia.com/gpu\"}}",
		"unclear ", GPU_SOURCE_CDI },
	{ "others' annotations",
		"{\"annotations\":{\"cdi.k8s.io/a\":\"nimgate.dev/gate=on,notnvidia.com/gpu=0\","
		"\"x/cdi.k8s.io/a\":\"nvidia.com/gpu=0\",\"cdi.k8s.io/b\":1}}",
		"none", GPU_SOURCE_NONE },
	/* linux.devices. */
	{ "a device file", "{" DEVICES(DEVICE("3")) "}", "minor 3", GPU_SOURCE_DEVICES },
	{ "device files",
		"{" DEVICES(DEVICE("0") "," DEVICE("1") "," DEVICE("255") "," DEVICE("254")) "}",
		"minor 0, minor 1", GPU_SOURCE_DEVICES },
	{ "a MIG device with its GPU",
		"{" DEVICES(
			DEVICE("2") ",{\"path\":\"/dev/nvidia-caps/nvidia-cap12\",\"type\":\"c\","
				    "\"major\":237,\"minor\":12}") "}",
		"minor 2", GPU_SOURCE_DEVICES },
	{ "other device files",
		"{" DEVICES("{\"path\":\"/dev/nvidia0\",\"type\":\"b\",\"major\":195,\"minor\":0},"
			    "{\"path\":\"/dev/nvidia0\",\"type\":\"c\",\"major\":10,\"minor\":0},"
			    "{\"path\":\"/dev/nvidia0\",\"type\":\"p\"},"
			    "{\"type\":\"c\",\"major\":195},"
			    "{\"type\":\"c\",\"major\":195,\"minor\":-1},"
			    "{\"type\":\"c\",\"major\":195,\"minor\":0.5},"
			    "{\"type\":\"c\",\"major\":195,\"minor\":1e30},"
			    "{\"type\":\"c\",\"major\":\"195\",\"minor\":\"0\"},7,null,[]") "}",
		"none", GPU_SOURCE_NONE },
	{ "device files of a wrong type", "{\"linux\":{\"devices\":7}}", "none", GPU_SOURCE_NONE },
	{ "everything of a wrong type",
		"{\"linux\":[],\"annotations\":[\"a\"],\"process\":7,\"mounts\":{}}", "none",
		GPU_SOURCE_NONE },
	{ "variables of a wrong type", ENV("7,null,{}"), "none", GPU_SOURCE_NONE },
	{ "not even a map", "[]", "none", GPU_SOURCE_NONE },
	/* The first source that says anything counts. */
	{ "devices before annotations",
		"{" DEVICES(
			DEVICE("3")) ",\"annotations\":{\"cdi.k8s.io/a\":\"nvidia.com/gpu=1\"}}",
		"minor 3", GPU_SOURCE_DEVICES },
	{ "annotations before the variable",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=all\"]},"
		"\"annotations\":{\"cdi.k8s.io/a\":\"nvidia.com/gpu=1\"}}",
		"index 1", GPU_SOURCE_CDI },
	{ "devices before a void variable",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=void\"]}," DEVICES(
			DEVICE("3")) "}",
		"minor 3", GPU_SOURCE_DEVICES },
};

/* All sources together. */
static const struct {
	const char *name, *config, *wanted;
	enum gpu_source source;
} most_rows[] = {
	{ "most: nothing", "{}", "none", GPU_SOURCE_NONE },
	{ "most: not even a map", "[]", "none", GPU_SOURCE_NONE },
	{ "most: the variable alone", SET("0,3"), "index 0, index 3", GPU_SOURCE_ENVIRONMENT },
	{ "most: a device beside the variable",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=1\"]}," DEVICES(DEVICE("3")) "}",
		"minor 3, index 1", GPU_SOURCE_DEVICES },
	{ "most: a device and a void variable",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=void\"]}," DEVICES(
			DEVICE("3")) "}",
		"minor 3", GPU_SOURCE_DEVICES },
	{ "most: a device and all",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=all\"]}," DEVICES(DEVICE("3")) "}",
		"all", GPU_SOURCE_DEVICES },
	{ "most: three sources",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=1\"]},"
		"\"annotations\":{\"cdi.k8s.io/a\":\"nvidia.com/gpu=2\"}," DEVICES(DEVICE("3")) "}",
		"minor 3, index 2, index 1", GPU_SOURCE_DEVICES },
	{ "most: one that is not understood",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=some\"]}," DEVICES(
			DEVICE("3")) "}",
		"unclear some", GPU_SOURCE_DEVICES },
	{ "most: the host's device files",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=1\"]},"
		"\"mounts\":[{\"destination\":\"/dev\",\"source\":\"/dev\"}]}",
		"all", GPU_SOURCE_ENVIRONMENT },
	{ "most: one device file of the host",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=1\"]},"
		"\"mounts\":[{\"destination\":\"/x\",\"source\":\"/dev/nvidia7\"}]}",
		"all", GPU_SOURCE_ENVIRONMENT },
	{ "most: the whole host",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=1\"]},"
		"\"mounts\":[7,{},{\"destination\":\"/host\",\"source\":\"/\"}]}",
		"all", GPU_SOURCE_ENVIRONMENT },
	{ "most: a /dev in memory",
		"{\"process\":{\"env\":[\"NVIDIA_VISIBLE_DEVICES=1\"]},"
		"\"mounts\":[{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}]}",
		"index 1", GPU_SOURCE_ENVIRONMENT },
	{ "most: device files alone name nothing",
		"{\"mounts\":[{\"destination\":\"/dev\",\"source\":\"/dev\"}]}", "none",
		GPU_SOURCE_NONE },
};

static void
test_most(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(most_rows); i++) {
		cleanup_document struct node_document *document = NULL;
		static struct gpu_request request;
		struct error err = { 0 };
		char words[256];

		check_result(json_parse(most_rows[i].config, strlen(most_rows[i].config),
				     REASON_CONFIG, &document, &err),
			REASON_NONE, &err, most_rows[i].name);
		if (!document)
			continue;
		gpus_read_most(node_root(document), &request);
		check_text(words_of(&request, words, sizeof(words)), most_rows[i].wanted,
			most_rows[i].name);
		check(request.source == most_rows[i].source, most_rows[i].name, "source %d",
			request.source);
	}
}

int
main(void)
{
	test_most();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_document struct node_document *document = NULL;
		static struct gpu_request request;
		struct error err = { 0 };
		char words[256];

		check_result(json_parse(rows[i].config, strlen(rows[i].config), REASON_CONFIG,
				     &document, &err),
			REASON_NONE, &err, rows[i].name);
		if (!document)
			continue;
		gpus_read(node_root(document), &request);
		check_text(words_of(&request, words, sizeof(words)), rows[i].wanted, rows[i].name);
		check(request.source == rows[i].source, rows[i].name, "source %d", request.source);
	}
	return check_end();
}
