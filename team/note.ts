import { sha256 } from "../host/digest.ts";
import type { Member } from "../schema/model/team.ts";
import { type Note, signedNoteSchema } from "../schema/wire/note-schema.ts";
import { type HostKey, hostSigned } from "./host-key.ts";

/** Beside branches and tags, so that nobody needs a right to those. */
export const NOTES = "refs/omg/members/";
/** Bytes. */
export const LARGEST_NOTE = 4096;

/** Where a machine's note lies. */
export function noteReference(key: string): string {
  return `${NOTES}${sha256(key)}`;
}

export function signedNote(note: Note, key: HostKey): string {
  return `${JSON.stringify({ note, signature: key.sign(note) })}\n`;
}

/** What a member's note came to. */
export type Heard = { readonly note: Note } | { readonly why: "silent" | "expired" | "not signed by it" };

/** A note counts for who it is about, until it expires. Pure. */
export function heard({ key }: Member, text: string | undefined, now: Date): Heard {
  if (text === undefined) return { why: "silent" };
  const read = parsed(text);
  if (read === undefined || read.note.key !== key || !hostSigned(key, read.note, read.signature))
    return { why: "not signed by it" };
  return new Date(read.note.expires) > now ? { note: read.note } : { why: "expired" };
}

function parsed(text: string) {
  try {
    return signedNoteSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
