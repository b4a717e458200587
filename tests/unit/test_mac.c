#include "border/mac.h"

#include "base/mem.h"
#include "base/text.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* RFC 4231, sections 4.2 to 4.4 and 4.6; shorter keys are those with zeros behind them. Longer keys
 * than 32 bytes are none of ours. */
static const struct {
	const char *name, *key, *data, *code;
} vectors[] = {
	{ "RFC 4231 case 1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "RFC 4231 case 2", "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "RFC 4231 case 3", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
		"dddddddddddddd",
		"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ "RFC 4231 case 4", "0102030405060708090a0b0c0d0e0f10111213141516171819",
		"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
		"cdcdcdcdcdcdcd",
		"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
};

static size_t
unhex(const char *digits, uint8_t *out)
{
	size_t size = strlen(digits) / 2;

	return text_parse_hex(digits, 2 * size, out, size) ? 0 : size;
}

static void
test_vectors(void)
{
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		uint8_t key[MAC_KEY_BYTES] = { 0 }, data[64], wanted[MAC_BYTES], got[MAC_BYTES];
		size_t length = unhex(vectors[i].data, data);
		struct mac *mac;

		unhex(vectors[i].key, key);
		unhex(vectors[i].code, wanted);
		mac = mac_open(key, &err);
		check(mac && mac_compute(mac, data, length, got, &err) == 0 &&
				memcmp(got, wanted, MAC_BYTES) == 0,
			vectors[i].name, "another code");
		check(mac && mac_verify(mac, data, length, wanted), vectors[i].name,
			"not verified the second time");
		mac_close(mac);
	}
}

/* Every bit of the code and of the bytes counts, and so do the key and the length. */
static void
test_changes(void)
{
	uint8_t key[MAC_KEY_BYTES] = { 7 }, data[40] = { 1 }, code[MAC_BYTES];
	struct error err = { 0 };
	struct mac *mac = mac_open(key, &err), *other;
	int missed = 0;

	check(mac && mac_compute(mac, data, sizeof(data), code, &err) == 0, "code", "%s", err.text);
	for (size_t bit = 0; bit < 8 * sizeof(code); bit++) {
		code[bit / 8] ^= (uint8_t)(1 << bit % 8);
		missed += mac_verify(mac, data, sizeof(data), code);
		code[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	check(missed == 0, "every bit of the code", "%d missed", missed);
	for (size_t bit = 0; bit < 8 * sizeof(data); bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		missed += mac_verify(mac, data, sizeof(data), code);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	check(missed == 0, "every bit of the bytes", "%d missed", missed);
	check(!mac_verify(mac, data, sizeof(data) - 1, code), "the length", "does not count");
	check(mac_verify(mac, data, sizeof(data), code), "as it was", "not verified");
	key[MAC_KEY_BYTES - 1] ^= 1;
	other = mac_open(key, &err);
	check(other && !mac_verify(other, data, sizeof(data), code), "another key", "verified");
	mac_close(other);
	mac_close(mac);
	mac_close(NULL);
}

static void
test_keys(void)
{
	uint8_t first[MAC_KEY_BYTES] = { 0 }, second[MAC_KEY_BYTES] = { 0 };
	struct error err = { 0 };

	check_result(mac_make_key(first, &err), REASON_NONE, &err, "a key");
	check_result(mac_make_key(second, &err), REASON_NONE, &err, "another key");
	check(memcmp(first, second, sizeof(first)) != 0, "two keys", "are equal");
}

/* What a child process can do with the codes of its parent, as bits of its exit status. */
static int
try_in_child(struct mac *macs[2])
{
	uint8_t code[MAC_BYTES];
	struct error err = { 0 };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 2; i++)
			status |= (mac_compute(macs[i], "x", 1, code, &err) == 0) << i |
				  (mac_verify(macs[i], "x", 1, code) << (2 + i));
		status |= (err.reason != REASON_INTERNAL) << 4;
		mac_close(macs[1]);
		mac_close(macs[0]);
		_exit(status);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									       : 255;
}

static void
test_child(void)
{
	const uint8_t key[MAC_KEY_BYTES] = { 3 };
	uint8_t before[MAC_BYTES], after[MAC_BYTES];
	struct error err = { 0 };
	struct mac *gone = mac_open(key, &err), *macs[2] = { mac_open(key, &err), NULL };

	macs[1] = mac_open(key, &err);
	mac_close(gone);
	check(macs[0] && macs[1] && mac_compute(macs[0], "x", 1, before, &err) == 0,
		"child: before", "%s", err.text);
	check(try_in_child(macs) == 0, "child", "has a key");
	check(mac_compute(macs[0], "x", 1, after, &err) == 0 &&
			memcmp(before, after, sizeof(after)) == 0,
		"child: after", "the parent's key is another");
	mac_close(macs[0]);
	mac_close(macs[1]);
}

int
main(void)
{
	test_vectors();
	test_child();
	test_changes();
	test_keys();
	return check_end();
}
