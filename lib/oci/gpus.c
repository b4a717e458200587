#include "oci/gpus.h"

#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "hash/gpu.h"

#include <stdbool.h>
#include <string.h>

#define VARIABLE      "NVIDIA_VISIBLE_DEVICES="
#define CDI_PREFIX    "cdi.k8s.io/"
#define MOUNTS        "/var/run/nvidia-container-devices"
#define MOUNTS_CDI    "cdi/" /* and then vendor/class/device */
#define NVIDIA_VENDOR "nvidia.com/gpu"
#define DEVICE_FILES  "/dev/nvidia"

enum {
	NVIDIA_MAJOR = 195,    /* of /dev/nvidia0 (Documentation/admin-guide/devices.txt) */
	NVIDIA_MINOR_MAX = 253 /* 254 and 255 are the driver's own: modeset and control */
};

/* The value of a number of the map, or UINT64_MAX. */
static uint64_t
number_of(const struct node *map, const char *name)
{
	const struct node *member = node_member(map, name);
	uint64_t value;

	if (!member || member->kind != NODE_NUMBER || text_parse_whole(member->text, &value))
		return UINT64_MAX;
	return value;
}

static void
read_devices(const struct node *top, struct gpu_request *out)
{
	const struct node *devices = node_member(node_member(top, "linux"), "devices"), *device;

	for (device = devices ? devices->first : NULL; device; device = device->next) {
		const char *type = node_text(node_member(device, "type"));
		struct gpu_selector selector = { .kind = GPU_MINOR };

		selector.number = number_of(device, "minor");
		if (type && (strcmp(type, "c") == 0 || strcmp(type, "u") == 0) &&
			number_of(device, "major") == NVIDIA_MAJOR &&
			selector.number <= NVIDIA_MINOR_MAX)
			gpu_add(out, &selector);
	}
}

/* The next of the words that commas separate, without spaces around it; *list moves behind it.
 * NULL at the end. */
static const char *
next_word(const char **list, size_t *length)
{
	const char *word = *list, *end;

	if (*word == '\0')
		return NULL;
	end = strchrnul(word, ',');
	*list = *end ? end + 1 : end;
	while (word < end && *word == ' ')
		word++;
	while (end > word && end[-1] == ' ')
		end--;
	*length = (size_t)(end - word);
	return word;
}

/* A CDI name, vendor/class=device: those of NVIDIA's GPUs ("nvidia.com/gpu=0", and
 * "runtime.nvidia.com/gpu=0" and the like) are added, others' are none of ours. */
static void
add_cdi_name(struct gpu_request *out, const char *name, size_t length)
{
	const char *equals = memchr(name, '=', length);
	size_t kind = equals ? (size_t)(equals - name) : length, vendor = strlen(NVIDIA_VENDOR);

	if (kind >= vendor && strncmp(name + kind - vendor, NVIDIA_VENDOR, vendor) == 0 &&
		(kind == vendor || name[kind - vendor - 1] == '.'))
		gpu_add_word(out, equals ? equals + 1 : "", equals ? length - kind - 1 : 0);
}

static void
read_annotations(const struct node *top, struct gpu_request *out)
{
	const struct node *annotations = node_member(top, "annotations"), *item;

	for (item = annotations && annotations->kind == NODE_MAP ? annotations->first : NULL; item;
		item = item->next) {
		const char *names = node_text(item), *name;
		size_t length;

		if (!names || strncmp(item->key, CDI_PREFIX, strlen(CDI_PREFIX)) != 0)
			continue;
		for (name = next_word(&names, &length); name; name = next_word(&names, &length))
			add_cdi_name(out, name, length);
	}
}

/* A word of the variable: a CDI name or the name of a GPU. */
static void
add_word(struct gpu_request *out, const char *word, size_t length)
{
	if (memchr(word, '=', length))
		add_cdi_name(out, word, length);
	else if (length)
		gpu_add_word(out, word, length);
}

/* Where users may not set the variable, each GPU is a mount below MOUNTS, named after it. */
static void
read_mounts(const struct node *top, struct gpu_request *out)
{
	const struct node *mounts = node_member(top, "mounts"), *mount;
	size_t length = strlen(MOUNTS "/");

	for (mount = mounts ? mounts->first : NULL; mount; mount = mount->next) {
		const char *place = node_text(node_member(mount, "destination"));

		if (!place || strncmp(place, MOUNTS "/", length) != 0)
			continue;
		place += length;
		if (strncmp(place, MOUNTS_CDI, strlen(MOUNTS_CDI)) == 0)
			place = strrchr(place, '/') + 1;
		gpu_add_word(out, place, strlen(place));
	}
}

/* The value that NVIDIA's runtime takes: the last one. NULL where there is none. */
static const char *
find_variable(const struct node *top)
{
	const struct node *list = node_member(node_member(top, "process"), "env"), *item;
	const char *found = NULL, *text;

	for (item = list ? list->first : NULL; item; item = item->next) {
		text = node_text(item);
		if (text && strncmp(text, VARIABLE, strlen(VARIABLE)) == 0)
			found = text + strlen(VARIABLE);
	}
	return found;
}

/* True if one word of the value says that there shall be no GPU, whatever the others say. */
static bool
says_none(const char *value)
{
	const char *word;
	size_t length;

	for (word = next_word(&value, &length); word; word = next_word(&value, &length))
		if (length == 4 && (strncmp(word, "void", 4) == 0 || strncmp(word, "none", 4) == 0))
			return true;
	return false;
}

static void
read_environment(const struct node *top, struct gpu_request *out)
{
	const char *value = find_variable(top), *word;
	size_t length;

	if (!value || says_none(value))
		return;
	if (strcmp(value, MOUNTS) == 0) {
		read_mounts(top, out);
		return;
	}
	for (word = next_word(&value, &length); word; word = next_word(&value, &length))
		add_word(out, word, length);
}

static const struct {
	enum gpu_source source;
	void (*read)(const struct node *top, struct gpu_request *out);
} sources[] = {
	{ GPU_SOURCE_DEVICES, read_devices },
	{ GPU_SOURCE_CDI, read_annotations },
	{ GPU_SOURCE_ENVIRONMENT, read_environment },
};

void
gpus_read(const struct node *top, struct gpu_request *out)
{
	*out = (struct gpu_request){ .kind = GPU_REQUEST_NONE };
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		sources[i].read(top, out);
		if (out->kind != GPU_REQUEST_NONE) {
			out->source = sources[i].source;
			return;
		}
	}
}

/* True if the mount brings the host's device files: /dev itself, or one of NVIDIA's. */
static bool
brings_devices(const struct node *mount)
{
	const char *source = node_text(node_member(mount, "source"));

	return source && (strcmp(source, "/") == 0 || strcmp(source, "/dev") == 0 ||
				 strcmp(source, "/dev/") == 0 ||
				 strncmp(source, DEVICE_FILES, strlen(DEVICE_FILES)) == 0);
}

void
gpus_read_most(const struct node *top, struct gpu_request *out)
{
	const struct node *mounts = node_member(top, "mounts"), *mount;

	*out = (struct gpu_request){ .kind = GPU_REQUEST_NONE };
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		sources[i].read(top, out);
		if (out->kind != GPU_REQUEST_NONE && out->source == GPU_SOURCE_NONE)
			out->source = sources[i].source;
	}
	for (mount = mounts ? mounts->first : NULL; mount; mount = mount->next)
		if (out->kind != GPU_REQUEST_NONE && brings_devices(mount))
			gpu_add_word(out, "all", strlen("all"));
}
