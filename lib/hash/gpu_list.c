#include "hash/gpu_list.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/pci.h"
#include "base/text.h"
#include "base/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

static const char head[] = "nimgate-gpus 1\n";

/* The word at *at, up to a blank before END, which is passed over. Returns its length, or 0. */
static size_t
take_word(const char **at, const char *end, const char **word)
{
	const char *blank = memchr(*at, ' ', (size_t)(end - *at));

	if (!blank)
		return 0;
	*word = *at;
	*at = blank + 1;
	return (size_t)(blank - *word);
}

/* "9.0", one digit behind the point, as a whole number. Returns 0 or -1. */
static int
parse_capability(const char *word, size_t length, unsigned int *out)
{
	uint64_t major, minor;

	if (length < 3 || word[length - 2] != '.' || text_parse_count(word, length - 2, &major) ||
		text_parse_count(word + length - 1, 1, &minor) || major == 0 ||
		major > GPU_LIST_CAPABILITY_MAX / 10)
		return -1;
	*out = (unsigned int)(major * 10 + minor);
	return 0;
}

static int
parse_model(const char *text, size_t length, char out[static GPU_LIST_MODEL_BYTES])
{
	if (length == 0 || length >= GPU_LIST_MODEL_BYTES || text[0] == ' ' ||
		text[length - 1] == ' ')
		return -1;
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return -1;
	memcpy(out, text, length);
	out[length] = '\0';
	return 0;
}

static int
parse_line(const char *at, const char *end, struct gpu_list_item *out)
{
	struct gpu_list_item item = { .pci = 0 };
	char address[PCI_TEXT_BYTES];
	const char *word;
	size_t length = take_word(&at, end, &word);

	/* In the one form that the kernel has, too. */
	if (length == 0 || pci_parse(word, length, &item.pci) ||
		strlen(pci_format(item.pci, address)) != length ||
		memcmp(address, word, length) != 0)
		return -1;
	length = take_word(&at, end, &word);
	if (text_parse_count(word, length, &item.memory_mib) ||
		item.memory_mib > GPU_LIST_MEMORY_MAX)
		return -1;
	length = take_word(&at, end, &word);
	if (parse_capability(word, length, &item.capability) ||
		parse_model(at, (size_t)(end - at), item.model))
		return -1;
	*out = item;
	return 0;
}

int
gpu_list_parse(const char *bytes, size_t length, struct gpu_list *out)
{
	const char *at = bytes + strlen(head), *end = bytes + length, *line_end;
	size_t count = 0;

	if (length < strlen(head) || memcmp(bytes, head, strlen(head)) != 0)
		return -1;
	for (; at < end; at = line_end + 1) {
		struct gpu_list_item *item = &out->items[count];

		line_end = memchr(at, '\n', (size_t)(end - at));
		if (!line_end || count == LIMIT_GPUS || parse_line(at, line_end, item) ||
			(count && item->pci <= item[-1].pci)) {
			out->count = 0;
			return -1;
		}
		count++;
	}
	out->count = count;
	return 0;
}

void
gpu_list_format(const struct gpu_list *list, struct writer *writer)
{
	char address[PCI_TEXT_BYTES];

	writer_format(writer, "%s", head);
	for (size_t i = 0; i < list->count; i++) {
		const struct gpu_list_item *item = &list->items[i];

		writer_format(writer, "%s %" PRIu64 " %u.%u %s\n", pci_format(item->pci, address),
			item->memory_mib, item->capability / 10, item->capability % 10,
			item->model);
	}
}

int
gpu_list_read(int root, struct gpu_list *out, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };
	struct stat st;
	cleanup_fd int fd = file_openat2(root, GPU_LIST_PATH, O_RDONLY | O_NONBLOCK | O_NOCTTY,
		RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);

	out->count = 0;
	if (fd < 0 || fstat(fd, &st))
		return error_set_os(err, REASON_IO, errno, GPU_LIST_PATH);
	if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()) ||
		(st.st_mode & (S_IWGRP | S_IWOTH)))
		return error_set(
			err, REASON_IO, 0, GPU_LIST_PATH ": others than root can write it");
	if (file_read(fd, LIMIT_KERNEL_FILE_BYTES, GPU_LIST_PATH, &file, err))
		return -1;
	if (gpu_list_parse(file.bytes, file.length, out))
		return error_set(err, REASON_IO, 0, GPU_LIST_PATH ": not understood");
	return 0;
}

const struct gpu_list_item *
gpu_list_find(const struct gpu_list *list, uint64_t pci)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].pci == pci)
			return &list->items[i];
	return NULL;
}
