/*
 * ECDSA signatures in every form: of one signature exactly one form counts, and of each signature
 * that an honest signer can make, that form counts.
 */
#include "border/key.h"

#include "base/mem.h"

#include "tests/unit/der_material.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

/*
 * R and S are those of a genuine signature, as the bytes of an INTEGER. N is the curve's order, T
 * is N-S, L is N-1, M is N+1, P the prime, U is R+N, V is S+N, W is R-N, X is -R, Y is -S; A and B
 * are R and S in as many bytes as the order has.
 */
static const struct {
	const char *template;
	bool genuine;
	const char *name;
} forms[] = {
	{ "30(02(R)02(S))", true, "as signed" },
	{ "30(02(R)02(T))", true, "high or low s" },
	/* not the two numbers */
	{ "30(02(S)02(R))", false, "r and s swapped" },
	{ "30(02(R)02(R))", false, "r twice" },
	{ "30(02(S)02(S))", false, "s twice" },
	{ "30(02(T)02(S))", false, "s for r" },
	{ "30(02(00)02(S))", false, "r zero" },
	{ "30(02(R)02(00))", false, "s zero" },
	{ "30(02(00)02(00))", false, "both zero" },
	{ "30(02(01)02(S))", false, "r one" },
	{ "30(02(R)02(01))", false, "s one" },
	{ "30(02(01)02(01))", false, "both one" },
	{ "30(02(ff)02(S))", false, "r minus one" },
	{ "30(02(R)02(ff))", false, "s minus one" },
	{ "30(02(X)02(S))", false, "r negative" },
	{ "30(02(R)02(Y))", false, "s negative" },
	{ "30(02(X)02(Y))", false, "both negative" },
	{ "30(02(W)02(S))", false, "r less the order" },
	{ "30(02(U)02(S))", false, "r and the order" },
	{ "30(02(R)02(V))", false, "s and the order" },
	{ "30(02(U)02(V))", false, "both and the order" },
	{ "30(02(N)02(S))", false, "r the order" },
	{ "30(02(R)02(N))", false, "s the order" },
	{ "30(02(N)02(N))", false, "both the order" },
	{ "30(02(L)02(S))", false, "r the order less one" },
	{ "30(02(R)02(L))", false, "s the order less one" },
	{ "30(02(M)02(S))", false, "r the order and one" },
	{ "30(02(R)02(M))", false, "s the order and one" },
	{ "30(02(P)02(S))", false, "r the prime" },
	{ "30(02(R)02(P))", false, "s the prime" },
	{ "30(02(00)02(N))", false, "zero and the order" },
	{ "30(02(R0000)02(S))", false, "r longer" },
	{ "30(02(R)02(S0000))", false, "s longer" },
	{ "30(02(R)02(7fNNNN))", false, "s very long" },
	/* the numbers in another form */
	{ "30(02(00R)02(S))", false, "r with a needless zero" },
	{ "30(02(R)02(00S))", false, "s with a needless zero" },
	{ "30(02(00000000R)02(S))", false, "r with four needless zeros" },
	{ "30(02(00R)02(00S))", false, "both with a needless zero" },
	{ "30(02(00 00)02(S))", false, "r zero, twice" },
	{ "30(02(ffX)02(S))", false, "r negative with a needless byte" },
	{ "30(02()02(S))", false, "r without a byte" },
	{ "30(02(R)02())", false, "s without a byte" },
	{ "30(02()02())", false, "both without a byte" },
	{ "30(0202(S))", false, "r without a length" },
	{ "30(02{R}02(S))", false, "r with a long length" },
	{ "30(02(R)02{S})", false, "s with a long length" },
	{ "30(02[R]02(S))", false, "r with an indefinite length" },
	{ "30(02<R>02(S))", false, "r with a length too large" },
	{ "30(02(R)02<S>)", false, "s with a length too large" },
	{ "30(0284 7fffffff R02(S))", false, "r with a huge length" },
	{ "30(02ff R02(S))", false, "r with the length that is reserved" },
	/* another type of number */
	{ "30(03(R)02(S))", false, "r a BIT STRING" },
	{ "30(04(R)02(S))", false, "r an OCTET STRING" },
	{ "30(02(R)04(S))", false, "s an OCTET STRING" },
	{ "30(0a(R)02(S))", false, "r an ENUMERATED" },
	{ "30(09(R)02(S))", false, "r a REAL" },
	{ "30(0c(R)02(S))", false, "r a UTF8String" },
	{ "30(42(R)02(S))", false, "r of the class application" },
	{ "30(82(R)02(S))", false, "r of the class context" },
	{ "30(22(02(R))02(S))", false, "r constructed" },
	{ "30(02(R)22(02(S)))", false, "s constructed" },
	{ "30(1f02(R)02(S))", false, "r with a tag of two bytes" },
	{ "30(05000500)", false, "two NULL" },
	{ "30(0101ff0101ff)", false, "two BOOLEAN" },
	{ "30(30(02(R))30(02(S)))", false, "two SEQUENCE" },
	/* another SEQUENCE */
	{ "30{02(R)02(S)}", false, "a long length" },
	{ "30[02(R)02(S)]", false, "an indefinite length" },
	{ "3080 02(R)02(S)", false, "an indefinite length without an end" },
	{ "30[02(R)02(S)]0000", false, "an indefinite length with two ends" },
	{ "30<02(R)02(S)>", false, "a length too large" },
	{ "30<02(R)02(S)>00", false, "a length too large, made up for" },
	{ "3084 ffffffff 02(R)02(S)", false, "a huge length" },
	{ "3088 ffffffffffffffff 02(R)02(S)", false, "a length of eight bytes" },
	{ "30ff 02(R)02(S)", false, "the length that is reserved" },
	{ "31(02(R)02(S))", false, "a SET" },
	{ "10(02(R)02(S))", false, "a primitive SEQUENCE" },
	{ "70(02(R)02(S))", false, "of the class application" },
	{ "a0(30(02(R)02(S)))", false, "in an explicit tag" },
	{ "30(30(02(R)02(S)))", false, "in a SEQUENCE" },
	{ "04(30(02(R)02(S)))", false, "in an OCTET STRING" },
	{ "03(0030(02(R)02(S)))", false, "in a BIT STRING" },
	{ "02(R)02(S)", false, "no SEQUENCE" },
	{ "30(02(R))", false, "one number" },
	{ "30()", false, "no number" },
	{ "30(02(R)02(S)02(S))", false, "three numbers" },
	{ "30(02(R)02(S)0500)", false, "a NULL at the end" },
	{ "30(050002(R)02(S))", false, "a NULL at the beginning" },
	{ "30(02(R)02(S)00)", false, "a zero at the end" },
	{ "30(02(R)02(S)0000)", false, "two zeros at the end" },
	/* more than a SEQUENCE, less, and none */
	{ "30(02(R)02(S))00", false, "a byte behind" },
	{ "30(02(R)02(S))0500", false, "a NULL behind" },
	{ "30(02(R)02(S))30(02(R)02(S))", false, "twice" },
	{ "00 30(02(R)02(S))", false, "a byte in front" },
	{ "", false, "nothing" },
	{ "30", false, "a tag" },
	{ "3080", false, "a tag and an indefinite length" },
	{ "30(02(R)02)", false, "a tag for s" },
	{ "30(02(R)0220)", false, "a tag and a length for s" },
	{ "AB", false, "raw, as IEEE P1363 has it" },
	{ "04AB", false, "raw, like a point" },
	{ "04(AB)", false, "raw, in an OCTET STRING" },
	{ "'MEUCIQD'", false, "base64" },
	{ "'-----BEGIN SIGNATURE-----'", false, "PEM" },
	{ "00", false, "a zero" },
};

static void
set_number(struct der_variables *variables, char name, const BIGNUM *number)
{
	ASN1_INTEGER *integer = BN_to_ASN1_INTEGER(number, NULL);
	unsigned char *der = NULL;
	int length = i2d_ASN1_INTEGER(integer, &der);

	material_need(length > 2 && length < 130, "a number");
	der_set(variables, name, der + 2, (size_t)length - 2);
	OPENSSL_free(der);
	ASN1_INTEGER_free(integer);
}

static void
set_sum(struct der_variables *variables, char name, const BIGNUM *a, const BIGNUM *b, bool minus)
{
	BIGNUM *sum = BN_new();

	material_need(sum && (minus ? BN_sub(sum, a, b) : BN_add(sum, a, b)), "a sum");
	set_number(variables, name, sum);
	BN_free(sum);
}

static void
set_raw(struct der_variables *variables, char name, const BIGNUM *number, int size)
{
	uint8_t bytes[66];

	material_need(BN_bn2binpad(number, bytes, size) == size, "a raw number");
	der_set(variables, name, bytes, (size_t)size);
}

static void
set_all(struct der_variables *variables, const uint8_t *signature, size_t length, int curve)
{
	const unsigned char *at = signature;
	ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &at, (long)length);
	EC_GROUP *group = EC_GROUP_new_by_curve_name(curve);
	const BIGNUM *r, *s, *n;
	BIGNUM *p = BN_new(), *zero = BN_new();

	material_need(parsed && group && p && zero, "a signature");
	material_need(EC_GROUP_get_curve(group, p, NULL, NULL, NULL) == 1, "a curve");
	r = ECDSA_SIG_get0_r(parsed);
	s = ECDSA_SIG_get0_s(parsed);
	n = EC_GROUP_get0_order(group);
	set_number(variables, 'R', r);
	set_number(variables, 'S', s);
	set_number(variables, 'N', n);
	set_number(variables, 'P', p);
	set_sum(variables, 'T', n, s, true);
	set_sum(variables, 'L', n, BN_value_one(), true);
	set_sum(variables, 'M', n, BN_value_one(), false);
	set_sum(variables, 'U', r, n, false);
	set_sum(variables, 'V', s, n, false);
	set_sum(variables, 'W', r, n, true);
	set_sum(variables, 'X', zero, r, true);
	set_sum(variables, 'Y', zero, s, true);
	set_raw(variables, 'A', r, (BN_num_bits(n) + 7) / 8);
	set_raw(variables, 'B', s, (BN_num_bits(n) + 7) / 8);
	ECDSA_SIG_free(parsed);
	EC_GROUP_free(group);
	BN_free(p);
	BN_free(zero);
}

static int
verify(const struct key *key, const uint8_t *signature, size_t length, struct error *err)
{
	return key_check_signature(key, key_digest(key), "message", 7, signature, length, err);
}

static void
check_form(const struct key *key, const struct der_variables *variables, size_t row)
{
	struct der der = der_make(forms[row].template, variables);
	/* An exact copy, so that the sanitizer sees a byte too many. */
	cleanup_free uint8_t *signature = malloc(der.length ? der.length : 1);
	struct error err = { 0 };
	char name[128];

	material_need(signature, "memory");
	memcpy(signature, der.bytes, der.length);
	snprintf(name, sizeof(name), "%s: %s", key_curve(key), forms[row].name);
	check_result(verify(key, signature, der.length, &err),
		forms[row].genuine ? REASON_NONE : REASON_SIGNATURE, &err, name);
}

static void
check_forms(const struct key *key, int curve)
{
	static struct der_variables variables;
	cleanup_free uint8_t *signature = NULL;
	struct error err = { 0 };
	size_t length = 0;

	if (key_sign(key, "message", 7, &signature, &length, &err))
		material_need(false, err.text);
	set_all(&variables, signature, length, curve);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		check_form(key, &variables, i);
	/* Each bit counts. */
	for (size_t i = 0; i < 8 * length; i++) {
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
		if (verify(key, signature, length, &err) == 0 || err.reason != REASON_SIGNATURE)
			check(false, key_curve(key), "bit %zu can be another: %s", i, err.text);
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	check_result(verify(key, signature, length, &err), REASON_NONE, &err, "and back");
}

/* Signs until the INTEGERs at both places have had all their honest lengths: with a zero in front,
 * without, and at least a byte shorter, which is one in 500. */
static void
check_lengths(const struct key *key)
{
	enum { SIZE = 32, TRIES = 20000 };
	bool seen[2][3] = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < TRIES && count < 6; i++) {
		cleanup_free uint8_t *signature = NULL;
		struct error err = { 0 };
		size_t length = 0, sizes[2];

		if (key_sign(key, "message", 7, &signature, &length, &err) ||
			verify(key, signature, length, &err)) {
			check(false, "lengths", "%s", err.text);
			return;
		}
		sizes[0] = signature[3];
		sizes[1] = signature[5 + sizes[0]];
		for (size_t j = 0; j < 2; j++) {
			size_t kind = sizes[j] > SIZE ? 0 : sizes[j] == SIZE ? 1 : 2;

			count += !seen[j][kind];
			seen[j][kind] = true;
		}
	}
	check(count == 6, "lengths of r and s", "%zu kinds of 6", count);
}

/* A signature by a key of one curve, by the same key with another digest, and for another key. */
static void
check_others(const struct key *const *keys, size_t count)
{
	static const enum digest_algorithm all[] = { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };

	for (size_t i = 0; i < count; i++) {
		cleanup_free uint8_t *signature = NULL;
		struct error err = { 0 };
		size_t length = 0;

		if (key_sign(keys[i], "message", 7, &signature, &length, &err))
			material_need(false, err.text);
		for (size_t j = 0; j < count; j++)
			check(key_equal(keys[i], keys[j]) == (i == j), "others: equal", "%zu, %zu",
				i, j);
		for (size_t j = 0; j < count; j++)
			check_result(verify(keys[j], signature, length, &err),
				i == j ? REASON_NONE : REASON_SIGNATURE, &err, "others: key");
		for (size_t j = 0; j < ARRAY_SIZE(all); j++)
			check_result(key_check_signature(keys[i], all[j], "message", 7, signature,
					     length, &err),
				all[j] == key_digest(keys[i]) ? REASON_NONE : REASON_SIGNATURE,
				&err, "others: digest");
	}
}

int
main(void)
{
	static const struct {
		const char *name;
		int curve;
	} curves[] = {
		{ "P-256", NID_X9_62_prime256v1 },
		{ "P-384", NID_secp384r1 },
		{ "P-521", NID_secp521r1 },
	};
	struct error err = { 0 };
	struct key *keys[ARRAY_SIZE(curves) + 1];
	static uint8_t large[LIMIT_DER_BYTES + 1];

	if (digest_warm_up(&err))
		material_need(false, err.text);
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		keys[i] = der_generate_key(curves[i].name, NULL);
		check_forms(keys[i], curves[i].curve);
	}
	keys[ARRAY_SIZE(curves)] = der_generate_key("P-256", NULL);
	check_lengths(keys[0]);
	check_others((const struct key *const *)keys, ARRAY_SIZE(keys));
	check_result(verify(keys[0], large, sizeof(large), &err), REASON_SIGNATURE, &err, "large");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		key_release(keys[i]);
	return check_end();
}
