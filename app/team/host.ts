import { pathsFor } from "../../host/paths.ts";
import type { Note } from "../../schema/wire/note-schema.ts";
import { ensureHostKey, hostKeyText, readHostKey } from "../../team/host-key.ts";
import { noteReference, signedNote } from "../../team/note.ts";
import type { Context } from "../context.ts";

type Scope = "system" | "user";

/** The public part of this machine's own key, made where there is none. @throws OmgError `host-key-damaged` */
export function ownHostKey(ctx: Context, scope: Scope): string {
  return ensureHostKey(pathsFor(scope, ctx).data).open;
}

/** The same, where there is one. */
export function presentHostKey(ctx: Context, scope: Scope): string | undefined {
  return readHostKey(pathsFor(scope, ctx).data)?.open;
}

/** All of that key, in PEM, for whom it is handed to; undefined where there is none. @throws OmgError `host-key-damaged` */
export function wholeHostKey(ctx: Context, scope: Scope): string | undefined {
  return hostKeyText(pathsFor(scope, ctx).data);
}

/** A note of this machine, signed, and where it belongs; undefined where the machine has no key. */
export function ownNote(
  ctx: Context,
  scope: Scope,
  said: Omit<Note, "key" | "format">,
): { readonly reference: string; readonly text: string } | undefined {
  const key = readHostKey(pathsFor(scope, ctx).data);
  if (key === undefined) return undefined;
  return { reference: noteReference(key.open), text: signedNote({ format: 1, key: key.open, ...said }, key) };
}
