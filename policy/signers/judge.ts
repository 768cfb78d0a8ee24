import type { Commit } from "../../host/git-commit.ts";
import { stripControls } from "../../host/text.ts";
import { Refusal } from "../pgp/finding.ts";
import { judgeSignatures, tellingOf } from "../pgp/judge.ts";
import type { TrustedKeys } from "../pgp/keyring.ts";
import { signedBeside } from "../pgp/signed-file.ts";
import type { AllowedSigner } from "./allowed-signers.ts";
import { isSshSignature, type SshSignature, sshSignature } from "./ssh-signature.ts";
import { Malformed } from "./ssh-wire.ts";

/** Who may sign commits here. */
export interface Signers {
  readonly ssh: readonly AllowedSigner[];
  readonly pgp: TrustedKeys;
}

/** What a commit's signature comes to. `by`: the signer, for people; `detail`: one sentence. */
export type CommitVerdict =
  | { readonly good: true; readonly by: string }
  | { readonly good: false; readonly code: string; readonly detail: string };

/** What `git` calls the purpose of its SSH signatures: git-commit(1), gpg.format. */
const NAMESPACE = "git";

/**
 * Judges the signature of a commit. Keys have to be good at `now`, which is when the commit is first looked at: the dates that a commit
 * gives itself, whoever holds an expired key can choose. A bad signature is a value.
 */
export async function judgeCommit(commit: Commit, signers: Signers, now: Date): Promise<CommitVerdict> {
  const { signature, signed } = commit;
  if (signature === undefined) return bad("commit-unsigned", "Nobody signed it.");
  return judgeSignature(signature, Buffer.from(signed, "latin1"), signers, {
    namespace: NAMESPACE,
    now,
    what: "The commit",
  });
}

/** What a signature has to be good for. */
interface Purpose {
  /** Of SSH signatures. */
  readonly namespace: string;
  readonly now: Date;
  /** What is signed, for people. */
  readonly what: string;
}

/** Judges one signature in ASCII armour over some bytes. A bad one is a value. */
export async function judgeSignature(
  signature: string,
  content: Buffer,
  signers: Signers,
  purpose: Purpose,
): Promise<CommitVerdict> {
  return isSshSignature(signature)
    ? judgeSsh(signature, content, signers.ssh, purpose)
    : judgePgp(signature, content, signers.pgp, purpose);
}

async function judgePgp(
  signature: string,
  content: Buffer,
  keys: TrustedKeys,
  { now, what }: Purpose,
): Promise<CommitVerdict> {
  try {
    const bytes = await signedBeside(content, Buffer.from(signature, "latin1"), what, what);
    const told = tellingOf(await judgeSignatures(bytes, keys, now));
    if (told === undefined) return bad("signature-bad", "What stands where a signature should be is none.");
    const { code, detail, owner, key = told.keyId } = told;
    if (code !== "signature-valid") return bad(code, stripControls(detail));
    return { good: true, by: stripControls(owner === undefined ? key : `${owner} (${key})`) };
  } catch (fault) {
    if (fault instanceof Refusal) return bad(fault.code, stripControls(fault.message));
    throw fault;
  }
}

function judgeSsh(
  armoured: string,
  content: Buffer,
  signers: readonly AllowedSigner[],
  { namespace, now }: Purpose,
): CommitVerdict {
  let signature: SshSignature;
  try {
    signature = sshSignature(armoured);
  } catch (fault) {
    if (fault instanceof Malformed) return bad("signature-bad", `Its SSH signature cannot be used: ${fault.message}.`);
    throw fault;
  }
  const { fingerprint } = signature.key;
  if (signature.namespace !== namespace)
    return bad("signature-bad", `It carries an SSH signature that was made for something else than ${namespace}.`);
  const known = signers.filter((each) => each.fingerprint === fingerprint && each.admits(namespace));
  const [first] = known;
  if (first === undefined)
    return bad("key-unknown", `It is signed by ${fingerprint}, which is none of the keys that may sign.`);
  const signer = known.find(
    ({ after, before }) => (after === undefined || after <= now) && (before === undefined || now < before),
  );
  if (signer === undefined)
    return bad("key-expired", `It is signed by ${fingerprint} (${first.principals}), which may not sign at this time.`);
  if (!doesFit(signature, content)) return bad("signature-bad", `The signature of ${fingerprint} does not fit it.`);
  return { good: true, by: stripControls(`${signer.principals} (${fingerprint})`) };
}

function doesFit(signature: SshSignature, content: Buffer): boolean {
  try {
    return signature.fits(content);
  } catch (fault) {
    if (fault instanceof Malformed) return false;
    throw fault;
  }
}

function bad(code: string, detail: string): CommitVerdict {
  return { good: false, code, detail };
}
