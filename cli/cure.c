#include "cli/cure.h"

#include <string.h>

static const struct cure cures[REASON_COUNT] = {
	[REASON_CHANGED] = { "A signed file has other bytes than the publisher signed.",
		"Do not use it. Delete the version from the cache and download it again; if it stays, the storage or the download is not to be trusted." },
	[REASON_MISSING] = { "A file that the profile needs, or that was signed, is not there.",
		"Complete the download of the version (download-to-cache), or restore the file." },
	[REASON_EXTRA] = { "A file is there that nobody signed.",
		"Remove it. In the cache, beside the models, it may be named in the policy (cache.entries)." },
	[REASON_LINK] = { "A link leads out of its place, to a directory, or is not allowed; or another mount lies inside.",
		"Replace the link by the file it stands for; remove the mount, or name it in the policy (cache.mounts)." },
	[REASON_SPECIAL] = { "A FIFO, socket, device, or a file that is mostly holes, stands among the model's files.",
		"Remove it, and download the version again." },
	[REASON_BUSY] = { "A file was open for writing, or changed, while it was checked.",
		"Wait until the download or copy has ended, then start again." },
	[REASON_NOT_CACHED] = { "The cache does not hold a version that the container would run.",
		"Fill it first: run the image with download-to-cache --profiles ID, with the same cache mounted." },
	[REASON_USAGE] = { "The command line is wrong.", "See nimgate COMMAND --help." },
	[REASON_CONFIG] = { "Policy, trust anchors, keys or config.json cannot be read, are malformed, or can be written by others.",
		"Correct the file that the message names, then run nimgate policy check." },
	[REASON_NOT_SIGNED] = { "There is no signature file for a version that the container would run.",
		"nimgate fetch ORG/TEAM/MODEL:VERSION brings it. Without a network, put it where the message says (docs/air-gap.md)." },
	[REASON_BUNDLE] = { "The signature file breaks a rule of its format.",
		"Download the signature again; compare it with nimgate verify." },
	[REASON_SIGNATURE] = { "The signature is wrong, or was made by another key or method than the policy trusts.",
		"Do not run this model. Download the signature again; check trust.method and the anchors in the policy." },
	[REASON_UNTRUSTED] = { "The certificates do not lead to a configured anchor, or may not sign models.",
		"Compare the anchor in the policy (nimgate trust list) with the publisher's certificate; where the publisher has a new one, add it, too (nimgate trust fetch --name NAME)." },
	[REASON_SIGNER] = { "The signature is genuine, but its signer is not one of those that the policy or the command line pins.",
		"Compare the signer that the message names with the publisher's; where the publisher has a new one, pin it too (trust.signers)." },
	[REASON_EXPIRED] = { "A certificate is outside its validity.",
		"Check the host's clock (date -u); then ask the publisher for a new signature, or add an exception to the policy until it comes." },
	[REASON_STATEMENT] = { "What was signed breaks a rule of the OMS statement, or needs a later nimgate.",
		"Read the message; nimgate verify certificate MODEL --signature FILE --certificate-chain ANCHOR says the same outside of a start." },
	[REASON_PENDING] = { "The model could not be verified in the time that a start has, and verification goes on elsewhere.",
		"Start again when the time that the message names is over; nimgate status shows how far it is. Where no nimgate-verify.service runs: nimgate prefetch --requests." },
	[REASON_POLICY] = { "The container asks for something that the policy does not allow.",
		"Remove the setting, mount or annotation that the message names, or allow it in the policy by the key that it names." },
	[REASON_UNPINNED] = { "The container does not name its profile by a full id where one is needed.",
		"Set NIM_MODEL_PROFILE to an id that list-model-profiles or nimgate profile list prints." },
	[REASON_PROFILE] = { "The manifest has no such profile, or the profile names no files.",
		"Choose an id of this image: nimgate profile list --image-root DIR." },
	[REASON_MANIFEST] = { "The container's manifest cannot be understood, or names what cannot be verified.",
		"Use the image's own manifest; where the message names a model from elsewhere, pin a profile of NGC versions." },
	[REASON_LOCK] = { "The signature is genuine, but the lock file accepts another payload for that version, or none; or the policy's deny list names it.",
		"Compare with the publisher's release (nimgate lock diff); where it is what you want, nimgate lock add ORG/TEAM/MODEL:VERSION." },
	[REASON_UNCLEAR] = { "The container looks like a NIM, but not enough like one to be verified.",
		"Start an image with a manifest, or describe the model in the policy (sources)." },
	[REASON_IO] = { "Reading a file failed.",
		"Check the storage: dmesg, the network file system's log." },
	[REASON_NETWORK] = { "A server could not be asked, or did not give what it should. No start of a container asks one.",
		"See the message: it names the host. Check name, proxy and key (docs/supply.md), then try again: what arrived is kept." },
	[REASON_DEADLINE] = { "The time that was given is over before everything was hashed.",
		"Start again: what was read is in the page cache; or put the cache on faster storage." },
	[REASON_UNSEEN] = { "The container's files cannot be seen as the container will see them.",
		"Run the hook at createRuntime of runc or crun, as root; gVisor, Kata and rootless engines are not supported." },
	[REASON_INTERNAL] = { "nimgate itself failed: no memory, no system call filter, or a child that died.",
		"Report it, with the output of nimgate-hook --explain." },
};

const struct cure *
cure_find(enum reason reason)
{
	if ((unsigned int)reason >= REASON_COUNT || !cures[reason].cause)
		return &cures[REASON_INTERNAL];
	return &cures[reason];
}

enum reason
cure_parse_word(const char *word)
{
	int reason;

	for (reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
		if (strcmp(reason_word((enum reason)reason), word) == 0)
			return (enum reason)reason;
	return REASON_NONE;
}
