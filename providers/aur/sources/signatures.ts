import { existsSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { listFolder } from "../../../host/folder.ts";
import { CLEAN_ENV, type RunResult, run } from "../../../host/run.ts";
import { asWorker } from "../../../host/worker.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { looseSignatures, SIGNATURE } from "./held.ts";

const GPG = "/usr/bin/gpg";

/** Folders of one build that the check reads, and one that it may fill. */
export interface SignedPlace {
  readonly recipe: string;
  readonly sources: string;
  readonly keys: string;
}

/**
 * Checks the detached signatures among the sources with the keys that the recipe brings (`keys/pgp/FINGERPRINT.asc`) and names
 * (`validpgpkeys`). Resolves to the fingerprint of the key by the name of the source that it signed; what no such key is here for is
 * left out. Errors: OmgError `source-signature` for a signature that is wrong, or that another key made.
 */
export async function signersOf(recipe: Recipe, place: SignedPlace): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const signatures = recipe.sources.map(({ file }) => file).filter((file) => SIGNATURE.test(file));
  if (recipe.signers.length === 0 || signatures.length === 0 || !(await importKeys(place))) return found;
  for (const signature of signatures) {
    const file = signature.replace(SIGNATURE, "");
    const [signed, made] = [pathOf(file, place), pathOf(signature, place)];
    if (signed === undefined || made === undefined) continue;
    const ran = await gpg(["--status-fd", "1", "--verify", made, signed], place);
    if (/^\[GNUPG:\] NO_PUBKEY /m.test(ran.stdout)) continue;
    const [, key, primary = key] = /^\[GNUPG:\] VALIDSIG (\w+)(?: \S+){8} (\w+)$/m.exec(ran.stdout) ?? [];
    // As for makepkg, a key may have expired since; none that was revoked counts.
    const good = ran.code === 0 && /^\[GNUPG:\] (?:GOODSIG|EXPKEYSIG) /m.test(ran.stdout);
    if (!good || key === undefined || !recipe.signers.some((each) => each === key || each === primary))
      throw wrong(file, signature, good ? key : undefined);
    found.set(file, key);
  }
  return found;
}

/** makepkg wants the files to be there, and nothing of them: what could be in one that no checksum holds is left out. */
export function withholdSignatures({ sources }: Recipe, place: Pick<SignedPlace, "sources">): void {
  for (const file of looseSignatures(sources)) truncateSync(join(place.sources, file));
}

/** Whether there are any. */
async function importKeys(place: SignedPlace): Promise<boolean> {
  const folder = join(place.recipe, "keys", "pgp");
  const files = existsSync(GPG) ? listFolder(folder).filter((name) => /^[0-9A-Fa-f]{16,64}\.asc$/.test(name)) : [];
  if (files.length === 0) return false;
  await gpg(["--import", ...files.map((name) => join(folder, name))], place);
  return true;
}

function gpg(args: readonly string[], { keys }: SignedPlace): Promise<RunResult> {
  const common = ["--homedir", keys, "--batch", "--no-tty", "--no-autostart", "--no-auto-key-locate", "--lock-never"];
  return run(GPG, [...common, "--trust-model", "always", ...args], {
    env: CLEAN_ENV,
    timeoutMs: 120_000,
    ...asWorker(),
  });
}

function pathOf(file: string, { recipe, sources }: SignedPlace): string | undefined {
  return [join(sources, file), join(recipe, file)].find(existsSync);
}

function wrong(file: string, signature: string, key: string | undefined): OmgError {
  const why = key === undefined ? `does not fit ${file}` : `was made by ${key}, whom the recipe does not name`;
  return new OmgError({
    code: "source-signature",
    exit: "refused",
    message: `${signature} ${why}.`,
    state: "Nothing was built or changed.",
    hint: "Somebody changed the source, or its publisher has another key now. Ask the recipe's maintainer before you believe either.",
  });
}
