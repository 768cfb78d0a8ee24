import type { Objects } from "../../host/git-objects.ts";
import type { Trees } from "../../host/git-trees.ts";
import { Refusal } from "../../policy/pgp/finding.ts";
import { signedByOne } from "../../policy/signers/detached.ts";
import type { Signers } from "../../policy/signers/judge.ts";
import { Malformed } from "../../policy/signers/ssh-wire.ts";
import { type NamedKey, signersOf } from "../../policy/signers/trust-keys.ts";
import type { Trust } from "../../schema/wire/trust-schema.ts";
import { verifyChain, type WhoSigned, type Written } from "../../team/trust/chain.ts";
import { trustError } from "../../team/trust/document.ts";
import { TRUST_FOLDER } from "../../team/trust/roles.ts";

/** What `ssh-keygen -Y sign -n` is told for a trust document: a signature for git is none for it. */
export const TRUST_NAMESPACE = "omg-trust";

/** Object names of the trust documents in a tree, by version, from 1 up to the first gap. */
export async function documentsIn(
  trees: Trees,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const folders = await trees.below(names, TRUST_FOLDER);
  return new Map(
    names.map((tree) => {
      const found: string[] = [];
      const folder = folders.get(tree);
      for (let at = folder?.get("1.json"); at !== undefined; at = folder?.get(`${found.length + 1}.json`))
        found.push(at.object);
      return [tree, found];
    }),
  );
}

/** The trust documents of a tree, each of which counts. @throws OmgError of `verifyChain` */
export async function readChain(
  objects: Objects,
  tree: string,
  count: number,
  { fingerprint, now }: { readonly fingerprint: string; readonly now: Date },
): Promise<readonly [Trust, ...Trust[]]> {
  const written: Written[] = [];
  for (let version = 1; version <= count; version += 1) {
    const file = `${TRUST_FOLDER}/${version}`;
    const [text = "", signatures = ""] = [
      await objects.text(tree, `${file}.json`),
      await objects.text(tree, `${file}.sig`),
    ];
    written.push({ text, signatures });
  }
  return verifyChain(written, fingerprint, whoSigned(now), now);
}

/** Whose keys these are, for commits and documents. @throws OmgError `trust-invalid` */
export async function signersFrom({ keys, version }: Trust, holders: readonly string[]): Promise<Signers> {
  const named = holders.flatMap((fingerprint): NamedKey[] => {
    const key = keys[fingerprint];
    return key === undefined ? [] : [{ fingerprint, ...key }];
  });
  return signersOf(named).catch((fault: unknown) => {
    if (fault instanceof Malformed || fault instanceof Refusal)
      throw trustError("trust-invalid", `A key of .omg/trust/${version}.json cannot be used.`, [fault.message]);
    throw fault;
  });
}

function whoSigned(now: Date): WhoSigned {
  return async ({ text, signatures }, keys) => {
    const found = new Set<string>();
    for (const [fingerprint, key] of Object.entries(keys)) {
      const signers = await signersOf([{ fingerprint, ...key }]).catch((fault: unknown) => {
        if (fault instanceof Malformed || fault instanceof Refusal) return undefined;
        throw fault;
      });
      if (signers === undefined) continue;
      if (await signedByOne(Buffer.from(text), signatures, signers, { namespace: TRUST_NAMESPACE, now }))
        found.add(fingerprint);
    }
    return found;
  };
}
