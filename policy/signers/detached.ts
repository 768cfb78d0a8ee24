import { judgeSignature, type Signers } from "./judge.ts";

const BLOCKS = /-----BEGIN (SSH SIGNATURE|PGP SIGNATURE)-----\n[\s\S]*?\n-----END \1-----\n/g;
/** No file of signatures has more. */
const MOST = 100;

/**
 * Whether one of these may-sign made one of the signatures that stand one after the other in a file beside the bytes. `namespace`: what an SSH
 * signature has to be for (ssh-keygen(1), `-n`).
 */
export async function signedByOne(
  content: Buffer,
  signatures: string,
  signers: Signers,
  { namespace, now }: { readonly namespace: string; readonly now: Date },
): Promise<boolean> {
  for (const [block] of [...signatures.matchAll(BLOCKS)].slice(0, MOST))
    if ((await judgeSignature(block, content, signers, { namespace, now, what: "The document" })).good) return true;
  return false;
}
