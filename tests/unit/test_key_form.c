/*
 * Public keys in every form that SubjectPublicKeyInfo can take: three named curves, points that lie
 * on them, and nothing else.
 */
#include "border/key.h"

#include "base/mem.h"

#include "tests/unit/der_material.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

/* OBJECT IDENTIFIERs, whole. */
#define EC        "06(2a8648ce3d0201)"
#define P256      "06(2a8648ce3d030107)"
#define P384      "06(2b81040022)"
#define P521      "06(2b81040023)"
#define SECP256K1 "06(2b8104000a)"
#define P224      "06(2b81040021)"
#define PRIME     "06(2a8648ce3d0101)"

/* ECParameters with the generator GENERATOR. */
#define EXPLICIT(generator) \
	"30(02(01)30(" PRIME "02(00P))30(04(A)04(B))04(" generator ")02(00N)02(01))"

/*
 * On P-256: X and Y are the coordinates of the key's point, Z no coordinate: zero; C, H and I are
 * the point compressed, hybrid, and hybrid with the wrong sign. G is the generator, P the prime, A
 * and B are the curve's, N is its order.
 */
static const struct {
	const char *template;
	const char *refusal; /* NULL: a key */
	const char *name;
} forms[] = {
	{ "30(30(" EC P256 ")03(0004XY))", NULL, "uncompressed" },
	{ "30(30(" EC P256 ")03(00C))", NULL, "compressed" },
	{ "30(30(" EC P256 ")03(00G))", NULL, "the generator" },
	/* points */
	{ "30(30(" EC P256 ")03(00H))", "hybrid", "hybrid" },
	{ "30(30(" EC P256 ")03(00I))", "cannot be read", "hybrid, wrong sign" },
	{ "30(30(" EC P256 ")03(0000))", "", "infinity" },
	{ "30(30(" EC P256 ")03(00ZZZZ))", "cannot be read", "infinity, long" },
	{ "30(30(" EC P256 ")03(0004ZZ))", "cannot be read", "all zero" },
	{ "30(30(" EC P256 ")03(0004XX))", "cannot be read", "not on the curve" },
	{ "30(30(" EC P256 ")03(0004YX))", "cannot be read", "coordinates swapped" },
	{ "30(30(" EC P256 ")03(0004PY))", "cannot be read", "x the prime" },
	{ "30(30(" EC P256 ")03(0004XP))", "cannot be read", "y the prime" },
	{ "30(30(" EC P256 ")03(0002P))", "cannot be read", "compressed, x the prime" },
	{ "30(30(" EC P256 ")03(0002Z00))", "cannot be read", "compressed, too long" },
	{ "30(30(" EC P256 ")03(0004X))", "cannot be read", "without y" },
	{ "30(30(" EC P256 ")03(0004XY00))", "cannot be read", "a byte too many" },
	{ "30(30(" EC P256 ")03(00XY))", "cannot be read", "without a form" },
	{ "30(30(" EC P256 ")03(0005XY))", "cannot be read", "unknown form" },
	{ "30(30(" EC P256 ")03(0001XY))", "cannot be read", "unknown form one" },
	{ "30(30(" EC P256 ")03(00))", "cannot be read", "no bit" },
	{ "30(30(" EC P256 ")03())", "cannot be read", "no byte" },
	{ "30(30(" EC P256 ")03(0404XY))", "cannot be read", "four bits less" },
	{ "30(30(" EC P256 ")03(0804XY))", "cannot be read", "eight bits less" },
	{ "30(30(" EC P256 ")04(04XY))", "cannot be read", "an OCTET STRING" },
	{ "30(30(" EC P256 "))", "cannot be read", "no point" },
	/* curves */
	{ "30(30(" EC P384 ")03(0004XY))", "cannot be read", "a point of another curve" },
	{ "30(30(" EC P521 ")03(0004XY))", "cannot be read", "a point of a third curve" },
	{ "30(30(" EC SECP256K1 ")03(0004XY))", "cannot be read", "a point not of secp256k1" },
	{ "30(30(" EC P224 ")03(0004XY))", "cannot be read", "a point not of P-224" },
	{ "30(30(" EC "06(2a03))03(0004XY))", "cannot be read", "unknown curve" },
	{ "30(30(" EC "06())03(0004XY))", "cannot be read", "a curve without a byte" },
	{ "30(30(" EC "0500)03(0004XY))", "cannot be read", "the issuer's curve" },
	{ "30(30(" EC ")03(0004XY))", "cannot be read", "no curve" },
	{ "30(30(" EC P256 P256 ")03(0004XY))", "cannot be read", "two curves" },
	{ "30(30(" EC EXPLICIT("G") ")03(0004XY))", "explicit", "explicit parameters" },
	{ "30(30(" EC EXPLICIT("04XY") ")03(0004XY))", "", "a generator of one's own" },
	{ "30(30(" EC EXPLICIT("C") ")03(0004XY))", "", "a compressed one of one's own" },
	{ "30(30(" EC EXPLICIT("04ZZ") ")03(0004XY))", "cannot be read", "a generator of zero" },
	/* algorithms */
	{ "30(30(06(2b8104010c)" P256 ")03(0004XY))", "", "id-ecDH" },
	{ "30(30(06(2b8104010d)" P256 ")03(0004XY))", "", "id-ecMQV" },
	{ "30(30(06(2a811ccf5501822d)" P256 ")03(0004XY))", "", "SM2" },
	{ "30(30(06(2a864886f70d010101)0500)03(0004XY))", "cannot be read", "RSA" },
	{ "30(30(06(2b6570))03(00X))", "ED25519 key", "Ed25519" },
	{ "30(30(06(2b656e))03(00X))", "X25519 key", "X25519" },
	{ "30(30(06(2a03)" P256 ")03(0004XY))", "cannot be read", "unknown algorithm" },
	{ "30(30(" P256 EC ")03(0004XY))", "cannot be read", "algorithm and curve swapped" },
	{ "30(30()03(0004XY))", "cannot be read", "no algorithm" },
	{ "30(03(0004XY)30(" EC P256 "))", "cannot be read", "point first" },
	/* what stands around it */
	{ "30(30(" EC P256 ")03(0004XY))00", "1 bytes found behind", "a byte behind" },
	{ "30(30(" EC P256 ")03(0004XY))30(30(" EC P256 ")03(0004XY))", "91 bytes", "twice" },
	{ "30(30(" EC P256 ")03(0004XY)0500)", "cannot be read", "a NULL at the end" },
	{ "30<30(" EC P256 ")03(0004XY)>", "cannot be read", "a length too large" },
	{ "30(30<" EC P256 ">03(0004XY))", "cannot be read", "an inner length too large" },
	{ "30(30(" EC P256 ")03<0004XY>)", "cannot be read", "the point's length too large" },
	{ "31(30(" EC P256 ")03(0004XY))", "cannot be read", "a SET" },
	{ "04XY", "cannot be read", "the point alone" },
	{ "", "cannot be read", "nothing" },
	{ "'-----BEGIN PUBLIC KEY-----'", "cannot be read", "PEM" },
};

static void
set_point(struct der_variables *variables, char name, const EC_GROUP *group, const EC_POINT *point,
	point_conversion_form_t form)
{
	uint8_t bytes[65];
	size_t length = EC_POINT_point2oct(group, point, form, bytes, sizeof(bytes), NULL);

	material_need(length > 0, "a point");
	der_set(variables, name, bytes, length);
}

static void
set_number(struct der_variables *variables, char name, const BIGNUM *number)
{
	uint8_t bytes[32];

	material_need(BN_bn2binpad(number, bytes, sizeof(bytes)) == sizeof(bytes), "a number");
	der_set(variables, name, bytes, sizeof(bytes));
}

static void
set_all(struct der_variables *variables)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	BIGNUM *p = BN_new(), *a = BN_new(), *b = BN_new();

	material_need(point && p && a && b, "memory");
	/* Thrice the generator: the key whose private part is 3. */
	material_need(BN_set_word(p, 3) && EC_POINT_mul(group, point, p, NULL, NULL, NULL) == 1,
		"a point");
	set_point(variables, 'H', group, point, POINT_CONVERSION_UNCOMPRESSED);
	der_set(variables, 'X', variables->named['H' - 'A'].bytes + 1, 32);
	der_set(variables, 'Y', variables->named['H' - 'A'].bytes + 33, 32);
	set_point(variables, 'C', group, point, POINT_CONVERSION_COMPRESSED);
	set_point(variables, 'H', group, point, POINT_CONVERSION_HYBRID);
	variables->named['I' - 'A'] = variables->named['H' - 'A'];
	variables->named['I' - 'A'].bytes[0] ^= 1;
	set_point(variables, 'G', group, EC_GROUP_get0_generator(group),
		POINT_CONVERSION_UNCOMPRESSED);
	material_need(EC_GROUP_get_curve(group, p, a, b, NULL) == 1, "a curve");
	set_number(variables, 'P', p);
	set_number(variables, 'A', a);
	set_number(variables, 'B', b);
	set_number(variables, 'N', EC_GROUP_get0_order(group));
	BN_zero(p);
	set_number(variables, 'Z', p);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	BN_free(p);
	BN_free(a);
	BN_free(b);
}

int
main(void)
{
	static struct der_variables variables;
	static uint8_t large[LIMIT_DER_BYTES + 1];
	struct error err = { 0 };

	set_all(&variables);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct der der = der_make(forms[i].template, &variables);
		/* An exact copy, so that the sanitizer sees a byte too many. */
		cleanup_free uint8_t *bytes = malloc(der.length ? der.length : 1);
		struct key *key;

		material_need(bytes, "memory");
		memcpy(bytes, der.bytes, der.length);
		key = key_parse_spki(bytes, der.length, REASON_UNTRUSTED, &err);
		material_check(key ? 0 : -1, forms[i].refusal ? REASON_UNTRUSTED : REASON_NONE,
			forms[i].refusal, &err, forms[i].name);
		check(!key || strcmp(key_curve(key), "P-256") == 0, forms[i].name, "curve");
		key_release(key);
	}
	check(!key_parse_spki(large, sizeof(large), REASON_BUNDLE, &err) &&
			err.reason == REASON_BUNDLE,
		"too large", "%s", err.text);
	return check_end();
}
