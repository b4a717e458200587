/*
 * Every bound that nimgate puts on sizes, counts, depths and waits, each with the reason for its
 * value.
 */
#pragma once

enum {
	/* Messages. Engines repeat the hook's line in their own; podman and docker cut or garble
	   long ones. */
	LIMIT_ERROR_TEXT = 400,

	/* Documents, in bytes. */
	LIMIT_STATE_BYTES = 1 << 20, /* OCI state: 300 KB of annotations have been seen to pass */
	LIMIT_CONFIG_BYTES =
		16
		<< 20, /* config.json: engines write kilobytes; mounts and environment bound it */
	LIMIT_MANIFEST_BYTES = 16 << 20, /* 20,000 URIs take 5 MB (facts: Cosmos3 2.0.0) */
	LIMIT_POLICY_BYTES = 1 << 20,    /* written by people */
	LIMIT_BUNDLE_BYTES = 32 << 20,   /* 1 MiB shards of a 14 GB model took 7.8 MB */
	LIMIT_LOCK_BYTES = 16 << 20,     /* models.lock: 250 bytes a version */
	LIMIT_PEM_BYTES = 1 << 20,       /* a PEM file of anchors or one key */
	LIMIT_NGC_ANSWER_BYTES =
		1 << 20, /* an answer of NGC's REST interface: some kilobytes of JSON */

	/* JSON and YAML trees. */
	LIMIT_DEPTH =
		32, /* the deepest honest document has 8 levels; libyaml is quadratic in depth */
	LIMIT_JSON_NODES = 1 << 20,  /* 100,000 resources make 400,000 values */
	LIMIT_YAML_NODES = 1 << 19,  /* 20,000 files with checksums make 100,000 nodes */
	LIMIT_TEXT_BYTES = 48 << 20, /* one string: the payload of the largest bundle in base64 */

	/* Names. */
	LIMIT_NAME_BYTES = 4096,    /* a path, PATH_MAX */
	LIMIT_NGC_NAME_BYTES = 255, /* one part of an NGC reference becomes one directory name */
	LIMIT_PROFILE_ID_BYTES = 64,

	/* Counts. */
	LIMIT_RESOURCES = 200000,   /* signed files of one version */
	LIMIT_MODEL_FILES = 200000, /* files found below one model directory */
	LIMIT_TREE_DEPTH =
		128, /* directories below a model directory: each that is being read holds a
			descriptor and 32 KiB; model hubs nest less than 20 deep */
	LIMIT_PROFILES = 4096,
	LIMIT_PROFILE_VERSIONS = 64,
	LIMIT_MANIFEST_VERSIONS = 4096, /* of all profiles together; 122 profiles are known */
	LIMIT_PROFILE_FILES = 200000,
	LIMIT_ENVIRONMENT = 4096, /* variables and arguments of the container's process */
	LIMIT_SETTINGS = 64, /* variables and arguments of one start that policy decides about; the
				table of them has 25 */
	LIMIT_MOUNT_LABEL_BYTES = 1024, /* SELinux: user, role, type and categories */
	LIMIT_REQUIRE_BYTES = 256,      /* what a container may ask for on top: a few words */
	LIMIT_CERTIFICATES = 8,         /* in a bundle's chain; real ones have 2 or 3 */
	LIMIT_ANCHORS = 64,             /* certificates or keys in one trust file */
	LIMIT_POLICY_PATHS = 64,        /* anchors or signature folders that a policy names */
	LIMIT_LOCK_ENTRIES = 50000,     /* versions in models.lock: more than NGC has */
	LIMIT_DENIED = 1024,            /* entries of a policy's deny list */
	LIMIT_SIGNERS = 64,             /* entries of one list of signers in a policy */
	LIMIT_IGNORE_PATHS = 1024,
	LIMIT_DER_BYTES =
		16 << 10, /* one certificate; with every extension in use they stay below 4 KiB */

	/* The contained children. */
	LIMIT_WIRE_BYTES = 64 << 20, /* one answer: 200,000 records of a name and a digest */
	LIMIT_CHILD_MEMORY_BYTES =
		512 << 20, /* address space of a parser: the largest bundle, decoded, as a tree */
	LIMIT_CHILD_CPU_SECONDS = 10, /* of a parser: the largest documents take a second */

	/* The view: what is writable in it is memory of the host. */
	LIMIT_VIEW_FOLDER_KIB =
		64 << 10, /* of each writable folder: locks and small temporary files */
	LIMIT_VIEW_FOLDER_INODES = 16384,

	/* Hashing. */
	LIMIT_THREADS = 256,
	LIMIT_GPUS = 128, /* of one machine, or names of GPUs and MIG devices that a container
			     gives: 16 GPUs have 112 MIG devices */
	LIMIT_KERNEL_FILE_BYTES = 64 << 10, /* of a file in /proc or /sys that we read: the longest
					       list of 8192 CPUs has 40 KiB */
	LIMIT_LANES = 16,                   /* of one thread, as the widest kernel has */

	/* Files with holes: above this size, in MiB, at least half must be allocated. Weights do
	   not compress; fifteen sparse terabytes would keep a start until its deadline. */
	LIMIT_SPARSE_MIB = 1024,

	/* Waits, in milliseconds. */
	LIMIT_STATE_MS = 5000,     /* for the engine to write the state */
	LIMIT_PARSER_MS = 12000,   /* for one answer of a parser; above its processor time */
	LIMIT_VIEWER_MS = 10000,   /* for one answer of the viewer: 200,000 files take 4 s */
	LIMIT_END_MS = 2000,       /* for a killed child to be gone; one that reads from a file
				      system that hangs may never be */
	LIMIT_DEADLINE_MS = 90000, /* for a start: the kubelet gives up after 120 s */
};
