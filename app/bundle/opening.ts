import { join, resolve } from "node:path";
import { readRegular } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";
import { type Passphrases, passphraseOf } from "./secrets.ts";
import { type BundleSource, bytesFrom, formOf } from "./source.ts";

export interface Opening {
  readonly source: BundleSource;
  /** File of the secret key that it is for. */
  readonly key?: string;
  readonly passphrase: Passphrases;
}

/** The bytes of a bundle without what encrypts them, as they come. @param incoming private, for what has to lie on the disk meanwhile */
export async function openedBytes(
  ctx: Context,
  { source, key, passphrase }: Opening,
  incoming: string,
): Promise<AsyncIterable<Uint8Array>> {
  const { form, bytes } = await formOf(await bytesFrom(ctx, source, join(incoming, "git")));
  if (form === "plain") return bytes;
  const { opened } = await import("../../team/bundle/envelope.ts");
  return opened(bytes, form === "armored", async (kind) => {
    if (key === undefined && kind === "key") throw needsKey();
    if (key === undefined) return { passphrase: await passphraseOf(ctx, passphrase, "Passphrase of the bundle: ") };
    const { secretKeyIn } = await import("../../team/bundle/keys.ts");
    const ask = () => passphraseOf(ctx, passphrase, `Passphrase of ${key}: `);
    return { key: await secretKeyIn(key, readRegular(resolve(ctx.cwd, key), 1 << 20), ask) };
  });
}

function needsKey(): OmgError {
  return new OmgError({
    code: "bundle-needs-key",
    exit: "refused",
    message: "The bundle is for the holder of an OpenPGP key.",
    state: "Nothing was changed.",
    hint: "Give the key with --key FILE, or have gpg open it: `gpg --decrypt FILE | omg team receive - --yes`.",
  });
}
