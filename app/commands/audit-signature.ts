import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { pathsFor } from "../../host/paths.ts";
import { explainSignature, hasOwnSignature } from "../../policy/index.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";
import type { SignatureAudit } from "../results.ts";

export interface SignatureOptions {
  readonly file: string;
  /** Default: in the file itself, or beside it. */
  readonly signature?: string;
  readonly keyring: string;
}

/** How signature files are called beside what they sign, the usual ones first. */
const ENDINGS = [".sig", ".asc", ".gpg", ".sign"];

/**
 * Explains the signature of one file. Reads, and changes nothing.
 * @throws OmgError `no-such-file`, `no-signature` where there is none to look at
 */
export async function auditSignature(ctx: Context, options: SignatureOptions): Promise<SignatureAudit> {
  const file = existing(ctx, options.file);
  const signature = options.signature === undefined ? findSignature(file) : existing(ctx, options.signature);
  const keyring = existing(ctx, options.keyring);
  const explanation = await explainSignature({
    file,
    ...(signature === undefined ? {} : { signature }),
    keyring,
    now: ctx.now(),
    cache: resolve(pathsFor(ctx.uid === 0 ? "system" : "user", ctx).cache, "web-of-trust"),
  });
  return { file, ...(signature === undefined ? {} : { signature }), keyring, ...explanation };
}

/** Where it really lies: links are followed here, for the person named the file. */
function existing(ctx: Context, name: string): string {
  const path = resolve(ctx.cwd, name);
  if (existsSync(path)) return realpathSync(path);
  throw new OmgError({
    code: "no-such-file",
    exit: "error",
    message: `${path} is not there.`,
    state: "Nothing was checked.",
    hint: "Check the path.",
  });
}

/** Undefined where the file is a document with its signature in it. */
function findSignature(file: string): string | undefined {
  if (hasOwnSignature(file)) return undefined;
  const beside = ENDINGS.map((ending) => file + ending).find((path) => existsSync(path));
  if (beside !== undefined) return beside;
  throw new OmgError({
    code: "no-signature",
    exit: "error",
    message: `${file} is not signed in itself, and no signature lies beside it (${ENDINGS.join(", ")}).`,
    state: "Nothing was checked.",
    hint: "Name the signature: --signature FILE.",
  });
}
