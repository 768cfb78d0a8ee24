import { resolve } from "node:path";
import { readRegular } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";

/** How a passphrase is had. */
export interface Passphrases {
  /** File with one on its first line. */
  readonly file?: string;
  /** Asks the person, who sees nothing of what they type; absent where there is nobody to ask. */
  readonly ask?: (question: string) => Promise<string>;
}

/** Whoever has the bundle can try as many as they like. Characters. */
const SHORTEST = 12;

/** The passphrase of something that is there already. @throws OmgError `no-passphrase` */
export async function passphraseOf(ctx: Context, { file, ask }: Passphrases, question: string): Promise<string> {
  if (file !== undefined) return firstLine(resolve(ctx.cwd, file));
  if (ask !== undefined) return ask(question);
  throw new OmgError({
    code: "no-passphrase",
    exit: "consent",
    message: "A passphrase is needed, and there is nobody to ask.",
    state: "Nothing was changed.",
    hint: "Give --passphrase-file FILE.",
  });
}

/** A new one: typed twice. @throws OmgError `no-passphrase`, `passphrase-weak`, `passphrase-differs` */
export async function newPassphrase(ctx: Context, means: Passphrases): Promise<string> {
  const first = await passphraseOf(ctx, means, "Passphrase for the bundle: ");
  if (first.length < SHORTEST)
    throw unfit("passphrase-weak", `The passphrase is shorter than ${SHORTEST} characters: it could be guessed.`);
  if (means.file === undefined && (await passphraseOf(ctx, means, "The same again: ")) !== first)
    throw unfit("passphrase-differs", "The two passphrases are not the same.");
  return first;
}

function firstLine(path: string): string {
  return readRegular(path, 16_384).toString("utf8").split(/\r?\n/)[0] ?? "";
}

function unfit(code: string, message: string): OmgError {
  return new OmgError({ code, exit: "error", message, state: "Nothing left this machine.", hint: "Take another one." });
}
