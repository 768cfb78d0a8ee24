import { z } from "zod";
import { keyBlock } from "../files/key-block.ts";
import { KEYRING, MAX_KEY, SOURCE_KEY, SOURCE_WORDS, wordsPattern } from "../files/source-words.ts";
import type { Desired, LockIdentity } from "../model/desired.ts";

/**
 * What omg-root is asked for, as one line of JSON on its stdin. Data only: never an argument vector, a path or
 * configuration. Version 1.
 */
export type RootRequest = ApplyRequest | RecoverRequest | AdoptRequest | RefreshRequest;

export interface ApplyRequest {
  readonly version: 1;
  readonly verb: "apply";
  readonly goal:
    | { readonly type: "lock" }
    | { readonly type: "generation"; readonly scope: "system"; readonly number: number };
  readonly lock: LockIdentity;
  /** Hex SHA-256; zeros where there is no lock. */
  readonly lockDigest: string;
  readonly commit?: string;
  /** Each provider at most once. */
  readonly desired: readonly Desired[];
  readonly allowDowngrades: boolean;
  /** As the reconciler's `Request` has it. */
  readonly unlessHeld?: boolean;
  /** Digest of the plan that the person agreed to; root's own plan must have the same. */
  readonly expected: string;
  /** Hex SHA-256 of the provenance bundles that this side has, by that of the artifact. */
  readonly bundles?: Readonly<Record<string, readonly string[]>>;
}

export interface RecoverRequest {
  readonly version: 1;
  readonly verb: "recover";
  readonly lock: LockIdentity;
}

export interface AdoptRequest {
  readonly version: 1;
  readonly verb: "adopt";
  readonly lock: LockIdentity;
  readonly lockDigest: string;
  readonly desired: readonly Desired[];
  readonly names: readonly string[];
}

/** Brings the package lists of the machine's own sources up to date. Says nothing of which: root knows its sources. */
export interface RefreshRequest {
  readonly version: 1;
  readonly verb: "refresh";
}

const hex = z.string().regex(/^[0-9a-f]{64}$/);
/** What every package manager here takes for a name; whether it exists is looked up in the index. */
const name = z
  .string()
  .regex(/^[A-Za-z0-9@_+][A-Za-z0-9+._@-]*(:[a-z0-9-]+)?$/)
  .max(256);
const version = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.+:~*_-]*$|^\*$/)
  .max(256);
const provider = z.string().regex(/^[a-z]+$/);
/** Words that end up in logs and on terminals. */
const text = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^\P{Cc}*$/u);
/** What can be demanded of a package besides its version. */
const attributes = z.strictObject({ hold: z.boolean().exactOptional(), auto: z.boolean().exactOptional() });

const commit = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
const Pin = z.strictObject({
  version,
  sha256: hex.exactOptional(),
  from: text(256).exactOptional(),
  commit: commit.exactOptional(),
  base: name.exactOptional(),
  sources: z
    .record(text(256), commit)
    .refine((all) => Object.keys(all).length <= 1000, "too many sources")
    .exactOptional(),
  allow: z
    .array(z.enum(["setuid", "capabilities", "install-script"]))
    .max(3)
    .exactOptional(),
});

const Wanted = z.strictObject({
  provider: provider.refine((named) => named !== "sources", "sources have attributes of their own"),
  name,
  presence: z.enum(["present", "absent", "purged"]),
  request: version.exactOptional(),
  from: text(256).exactOptional(),
  attributes,
  marks: attributes.exactOptional(),
  pin: Pin.exactOptional(),
});

/** Words with one blank between two. */
const words = (word: RegExp) => z.string().max(4096).regex(wordsPattern(word));
/** A source of packages, word for word what a lock may ask for. Its keys are text, or the name of a keyring in one folder. */
const WantedSource = z.strictObject({
  provider: z.literal("sources"),
  name: z.string().regex(SOURCE_KEY),
  presence: z.literal("present"),
  attributes: z.strictObject({
    types: words(SOURCE_WORDS.types),
    uris: words(SOURCE_WORDS.uris),
    suites: words(SOURCE_WORDS.suites),
    components: z.union([z.literal(""), words(SOURCE_WORDS.components)]),
    architectures: z.union([z.literal(""), words(SOURCE_WORDS.architectures)]),
    key: z
      .string()
      .max(MAX_KEY)
      .refine(
        (key) => key === "" || KEYRING.test(key) || keyBlock(key) === key,
        "neither a keyring nor a block of keys",
      ),
  }),
});

const DesiredOfOne = z.strictObject({
  provider,
  wanted: z.array(z.union([WantedSource, Wanted])).max(100_000),
  unmanaged: z.strictObject({
    mode: z.enum(["ignore", "report", "remove"]),
    foreign: z.enum(["report", "remove"]),
    ignore: z.array(text(256)).max(1000),
  }),
  silent: z.boolean().exactOptional(),
  settings: z
    .strictObject({
      snapshot: z
        .string()
        .regex(/^\d{8}T\d{6}Z$/)
        .exactOptional(),
    })
    .exactOptional(),
  indexes: z
    .record(text(256), z.strictObject({ release: hex, signature: hex.exactOptional(), packages: hex }))
    .refine((all) => Object.keys(all).length <= 10_000, "too many indexes")
    .exactOptional(),
  notes: z.array(text(4096)).max(1000),
});

const desired = z
  .array(DesiredOfOne)
  .max(100)
  .refine((all) => new Set(all.map((one) => one.provider)).size === all.length, "a provider stands there twice");

const lock = z.strictObject({ name: text(256), repository: text(4096) });
const Goal = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("lock") }),
  z.strictObject({ type: z.literal("generation"), scope: z.literal("system"), number: z.int().nonnegative() }),
]);

export const RootRequest: z.ZodType<RootRequest> = z.discriminatedUnion("verb", [
  z.strictObject({
    version: z.literal(1),
    verb: z.literal("apply"),
    goal: Goal,
    lock,
    lockDigest: hex,
    commit: z
      .string()
      .regex(/^[0-9a-f]{40,64}$/)
      .exactOptional(),
    desired,
    allowDowngrades: z.boolean(),
    unlessHeld: z.boolean().exactOptional(),
    expected: hex,
    bundles: z
      .record(hex, z.array(hex).max(32))
      .refine((all) => Object.keys(all).length <= 100_000, "too many bundles")
      .exactOptional(),
  }),
  z.strictObject({ version: z.literal(1), verb: z.literal("recover"), lock }),
  z.strictObject({ version: z.literal(1), verb: z.literal("refresh") }),
  z.strictObject({
    version: z.literal(1),
    verb: z.literal("adopt"),
    lock,
    lockDigest: hex,
    desired,
    names: z.array(name).max(100_000),
  }),
]);
