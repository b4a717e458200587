/*
 * Files of deterministic bytes that do not compress, as weights do not: the AES-256-CTR keystream
 * under a key that is the number of the file.
 *
 *   keystream FOLDER COUNT BYTES
 *
 * makes FOLDER/model-00001-of-COUNT.safetensors and so on, of BYTES each, in a folder that is
 * there, and brings them to the disk.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1 << 20, KEY_BYTES = 32 };

static int
write_keystream(EVP_CIPHER_CTX *cipher, int fd, size_t bytes)
{
	static const unsigned char zeros[CHUNK_BYTES];
	static unsigned char stream[CHUNK_BYTES];
	int length;

	while (bytes) {
		size_t wanted = bytes < CHUNK_BYTES ? bytes : CHUNK_BYTES;

		if (!EVP_EncryptUpdate(cipher, stream, &length, zeros, (int)wanted) ||
			write(fd, stream, wanted) != (ssize_t)wanted)
			return -1;
		bytes -= wanted;
	}
	return fdatasync(fd);
}

static int
make_file(EVP_CIPHER_CTX *cipher, const char *folder, int number, int count, size_t bytes)
{
	static const unsigned char iv[16];
	unsigned char key[KEY_BYTES] = { 0 };
	char path[4096];
	int fd, result;

	key[KEY_BYTES - 1] = (unsigned char)number;
	key[KEY_BYTES - 2] = (unsigned char)(number >> 8);
	snprintf(path, sizeof(path), "%s/model-%05d-of-%05d.safetensors", folder, number, count);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || !EVP_EncryptInit_ex(cipher, EVP_aes_256_ctr(), NULL, key, iv)) {
		perror(path);
		return -1;
	}
	result = write_keystream(cipher, fd, bytes);
	if (result)
		perror(path);
	close(fd);
	return result;
}

int
main(int argc, char *argv[])
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int count = argc == 4 ? atoi(argv[2]) : 0, failed = 0;

	if (count < 1 || count > 65535 || !cipher) {
		fprintf(stderr, "usage: keystream FOLDER COUNT BYTES\n");
		return 2;
	}
	for (int i = 1; i <= count && !failed; i++)
		failed = make_file(cipher, argv[1], i, count, strtoull(argv[3], NULL, 10));
	EVP_CIPHER_CTX_free(cipher);
	return failed ? 1 : 0;
}
