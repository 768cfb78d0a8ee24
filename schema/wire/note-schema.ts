import { z } from "zod";

const line = z.string().regex(/^[ -~]{1,100}$/);

/** How a machine of a team is, by its own account. Times are RFC 3339. */
const noteSchema = z.strictObject({
  format: z.literal(1),
  /** `ed25519:…`, which signed it. */
  key: line,
  host: line,
  /** The commit in force, or the newest that is believed. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .exactOptional(),
  state: z.enum(["in sync", "drifted", "behind", "failed", "held", "unknown"]),
  /** How much differs. */
  changes: z.int().min(0).max(1_000_000),
  omg: line,
  platform: line,
  time: z.iso.datetime(),
  expires: z.iso.datetime(),
});

/** What lies under a machine's reference: the note, and base64 of its signature over the canonical form. */
export const signedNoteSchema = z.strictObject({ note: noteSchema, signature: z.string().max(200) });

export type Note = z.infer<typeof noteSchema>;
