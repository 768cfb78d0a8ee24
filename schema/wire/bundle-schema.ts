import { z } from "zod";
import { hostKey, lockName, sha256 } from "../files/names.ts";

/** More files than any environment has. */
const MOST_FILES = 20_000;
/** What a header of a tar archive can say in octal digits. Bytes. */
const LARGEST_FILE = 8 * 2 ** 30 - 1;

/** manifest.json of a bundle: what it holds, and who says so. */
export const bundleSchema = z.strictObject({
  format: z.literal("omg-bundle-1"),
  /** Name of the lock. */
  lock: lockName,
  /** Key of the machine that made it. */
  from: hostKey,
  /** What that machine calls itself: for people. */
  host: z.string().regex(/^[ -~]{1,200}$/),
  /** Higher with each bundle of that machine. */
  number: z.int().positive(),
  created: z.iso.datetime(),
  files: z
    .array(z.strictObject({ path: z.string(), size: z.int().min(0).max(LARGEST_FILE), sha256 }))
    .min(1)
    .max(MOST_FILES),
});

export type BundleManifest = z.infer<typeof bundleSchema>;
export type BundleFile = BundleManifest["files"][number];

/** bundles.json in the state folder: whom this machine believed, and how far. */
export const receivedSchema = z.strictObject({
  format: z.literal(1),
  /** Machines that a person accepted here, by key. */
  senders: z.record(hostKey, z.strictObject({ host: z.string(), since: z.iso.datetime() })),
  /** The newest bundle that was laid out, by sender and name of the lock. */
  newest: z.record(hostKey, z.record(lockName, z.strictObject({ number: z.int().positive(), digest: sha256 }))),
});

export type Received = z.infer<typeof receivedSchema>;

/** What a laying-out that was cut off needs to be finished. */
export const layoutSchema = z.strictObject({
  format: z.literal(1),
  /** Absolute: where the files go. */
  folder: z.string().regex(/^\//),
  manifest: bundleSchema,
  /** Those that are to be written; `before`: what was there when somebody agreed. */
  files: z.array(z.strictObject({ path: z.string(), sha256, before: sha256.nullable() })),
});

export type Layout = z.infer<typeof layoutSchema>;
