import { z } from "zod";

/**
 * What omg-root is asked for, as one line of JSON on its stdin. Data only: never an argument vector, a path or
 * configuration. Version 1.
 */
export type RootRequest = z.infer<typeof RootRequest>;

const hex = z.string().regex(/^[0-9a-f]{64}$/);
/** What every package manager here takes for a name; whether it exists is looked up in the index. */
const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+._@-]*(:[a-z0-9-]+)?$/)
  .max(256);
const version = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.+:~*_-]*$|^\*$/)
  .max(256);
const attributes = z.record(z.string().max(64), z.union([z.string().max(4096), z.number(), z.boolean()]));

const Pin = z.strictObject({ version, sha256: hex.exactOptional(), from: z.string().max(256).exactOptional() });

const Wanted = z.strictObject({
  provider: z.string().regex(/^[a-z]+$/),
  name,
  presence: z.enum(["present", "absent", "purged"]),
  request: version.exactOptional(),
  from: z.string().max(256).exactOptional(),
  attributes,
  marks: attributes.exactOptional(),
  pin: Pin.exactOptional(),
});

const Desired = z.strictObject({
  provider: z.string().regex(/^[a-z]+$/),
  wanted: z.array(Wanted).max(100_000),
  unmanaged: z.strictObject({
    mode: z.enum(["ignore", "report", "remove"]),
    foreign: z.enum(["report", "remove"]),
    ignore: z.array(z.string().max(256)).max(1000),
  }),
  notes: z.array(z.string().max(4096)).max(1000),
});

const lock = z.strictObject({ name: z.string().max(256), repository: z.string().max(4096) });
const Goal = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("lock") }),
  z.strictObject({ type: z.literal("generation"), scope: z.literal("system"), number: z.int().nonnegative() }),
]);

export const RootRequest = z.discriminatedUnion("verb", [
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
    desired: z.array(Desired).max(100),
    allowDowngrades: z.boolean(),
    /** Digest of the plan that the person agreed to; root's own plan must have the same. */
    expected: hex,
  }),
  z.strictObject({ version: z.literal(1), verb: z.literal("recover"), lock }),
  z.strictObject({
    version: z.literal(1),
    verb: z.literal("adopt"),
    lock,
    lockDigest: hex,
    desired: z.array(Desired).max(100),
    names: z.array(name).max(100_000),
  }),
]);
