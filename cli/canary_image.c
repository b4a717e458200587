#include "cli/canary_image.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/memfile.h"
#include "base/writer.h"
#include "border/digest.h"

#include <elf.h>
#include <string.h>

#define PROFILE "6e696d676174652063616e6172793a206e6f626f6479207369676e6564206974"
#define PROGRAM "opt/nim/start_server.sh"
#define MODEL   "nim/nimgate/canary:unsigned"
#define SNAPSHOT \
	"opt/nim/.cache/ngc/hub/models--nim--nimgate--canary/snapshots/unsigned/config.json"

static const char manifest[] = "schema_version: '2.0'\n"
			       "profile_selection_criteria: auto\n"
			       "model: nim/nimgate/canary\n"
			       "release: 1.0.0\n"
			       "profiles:\n"
			       "- id: " PROFILE "\n"
			       "  tags: {llm_engine: vllm, pp: '1', precision: bf16, tp: '1'}\n"
			       "  workspace:\n"
			       "    files:\n"
			       "      config.json:\n"
			       "        uri: ngc://" MODEL "?file=config.json\n";

enum { TAR_BLOCK = 512, PROGRAM_ADDRESS = 0x400000 };

/* exit_group(CANARY_IMAGE_STATUS), in the instructions of this machine. */
#if defined(__x86_64__)
#define MACHINE      EM_X86_64
#define ARCHITECTURE "amd64"
static const uint8_t code[] = { 0xbf, CANARY_IMAGE_STATUS, 0, 0, 0, /* mov edi, status */
	0xb8, 231, 0, 0, 0,                                         /* mov eax, 231 */
	0x0f, 0x05 };                                               /* syscall */
#elif defined(__aarch64__)
#define MACHINE      EM_AARCH64
#define ARCHITECTURE "arm64"
static const uint32_t code[] = { 0xd2800000 | CANARY_IMAGE_STATUS << 5, /* mov x0, status */
	0xd2800000 | 94 << 5 | 8,                                       /* mov x8, 94 */
	0xd4000001 };                                                   /* svc 0 */
#else
/* cppcheck-suppress preprocessorErrorDirective; it names no machine */
#error "the canary has no program for this machine"
#endif

/* The whole program, as the file has it and as the kernel maps it. */
struct program {
	Elf64_Ehdr head;
	Elf64_Phdr segment;
	uint8_t code[sizeof(code)];
};

static struct program
make_program(void)
{
	struct program program = {
		.head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				  EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = MACHINE,
			.e_version = EV_CURRENT,
			.e_entry = PROGRAM_ADDRESS + offsetof(struct program, code),
			.e_phoff = offsetof(struct program, segment),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1 },
		.segment = { .p_type = PT_LOAD,
			.p_flags = PF_R | PF_X,
			.p_vaddr = PROGRAM_ADDRESS,
			.p_filesz = sizeof(struct program),
			.p_memsz = sizeof(struct program),
			.p_align = 0x1000 },
	};

	memcpy(program.code, code, sizeof(code));
	return program;
}

/* The header of a file in a tar archive (POSIX.1-1988, ustar). */
union tar_header {
	struct {
		char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
		char link[100], magic[6], version[2];
	} field;
	uint8_t bytes[TAR_BLOCK];
};

static void
tar_file(struct writer *tar, const char *name, const void *bytes, size_t length)
{
	static const char zeros[TAR_BLOCK] = { 0 };
	union tar_header header = { .field = { .mode = "0000755",
					    .uid = "0000000",
					    .gid = "0000000",
					    .mtime = "00000000000",
					    .type = '0',
					    .magic = "ustar" } };
	unsigned int sum = 0;
	size_t i;

	snprintf(header.field.name, sizeof(header.field.name), "%s", name);
	snprintf(header.field.size, sizeof(header.field.size), "%011zo", length);
	memset(header.field.checksum, ' ', sizeof(header.field.checksum));
	memset(header.field.version, '0', sizeof(header.field.version));
	for (i = 0; i < sizeof(header.bytes); i++)
		sum += header.bytes[i];
	snprintf(header.field.checksum, sizeof(header.field.checksum), "%06o", sum);
	writer_bytes(tar, (const char *)header.bytes, sizeof(header.bytes));
	writer_bytes(tar, bytes, length);
	writer_bytes(tar, zeros, (TAR_BLOCK - length % TAR_BLOCK) % TAR_BLOCK);
}

static void
tar_end(struct writer *tar)
{
	static const char zeros[2 * TAR_BLOCK] = { 0 };

	writer_bytes(tar, zeros, sizeof(zeros));
}

static void
make_layer(struct writer *layer)
{
	static const char unsigned_file[] = "{\"canary\": \"nobody signed this file\"}\n";
	struct program program = make_program();

	tar_file(layer, PROGRAM, &program, sizeof(program));
	tar_file(layer, "opt/nim/etc/default/model_manifest.yaml", manifest, strlen(manifest));
	tar_file(layer, SNAPSHOT, unsigned_file, strlen(unsigned_file));
	tar_end(layer);
}

/* The image's configuration (OCI image specification, config.md). */
static void
make_config(struct writer *config, const struct digest *layer)
{
	writer_format(config,
		"{\"architecture\":\"" ARCHITECTURE "\",\"os\":\"linux\","
		"\"created\":\"1970-01-01T00:00:00Z\",\"config\":{"
		"\"Env\":[\"PATH=/bin\",\"NIM_MODEL_PROFILE=" PROFILE "\"],"
		"\"Entrypoint\":[\"/" PROGRAM "\"]},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:%s\"]},"
		"\"history\":[{\"created_by\":\"nimgate doctor\"}]}",
		digest_format(layer).text);
}

/* The archive in the form of docker save. Returns 0, or -1. */
static int
make_archive(const char *name, struct writer *archive, struct error *err)
{
	cleanup_writer struct writer layer = { 0 }, config = { 0 }, index = { 0 };
	struct digest digest;

	make_layer(&layer);
	if (layer.failed)
		return error_no_memory(err);
	if (digest_compute(DIGEST_SHA256, layer.text, layer.length, &digest, err))
		return -1;
	make_config(&config, &digest);
	writer_format(&index,
		"[{\"Config\":\"config.json\",\"RepoTags\":[\"%s\"],\"Layers\":[\"layer.tar\"]}]",
		name);
	if (config.failed || index.failed)
		return error_no_memory(err);
	tar_file(archive, "layer.tar", layer.text, layer.length);
	tar_file(archive, "config.json", config.text, config.length);
	tar_file(archive, "manifest.json", index.text, index.length);
	tar_end(archive);
	return archive->failed ? error_no_memory(err) : 0;
}

int
canary_image_make(const char *name, struct error *err)
{
	cleanup_writer struct writer archive = { 0 };
	cleanup_fd int fd = memfile_open("canary");

	if (make_archive(name, &archive, err))
		return -1;
	if (fd < 0 || file_write_all(fd, archive.text, archive.length) ||
		lseek(fd, 0, SEEK_SET) < 0)
		return error_set_os(err, REASON_INTERNAL, errno, "no place for the canary");
	return take_fd(&fd);
}
