/*
 * Until when the certificates count that a policy's anchors and signatures consist of, as metrics.
 */
#pragma once

struct policy;
struct writer;

/*
 * Writes the families nimgate_anchor_... and nimgate_signature_...: one sample for each certificate
 * of an anchor, and one for each signature, by its first certificate that ends. What cannot be read
 * is counted. All is parsed in contained children.
 */
void metrics_certificates_write(const struct policy *policy, struct writer *writer)
	__attribute__((nonnull));
