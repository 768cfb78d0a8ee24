import type { Evidence } from "../../schema/model/artifact.ts";

const REMEDIES: Readonly<Record<string, string>> = {
  "no-keyring-bound": "Add `Signed-By:` with the archive's keyring to the source.",
  "source-trusted-blindly": "Take `trusted=yes` out of the source and bind it to its key with `Signed-By:`.",
  "release-expired": "Refresh the package lists (`apt-get update`); if they are fresh, the mirror is behind.",
  "release-from-future": "Set this machine's clock.",
  "key-unknown": "Bind the source to the key that signs it, after checking its fingerprint with the archive's owner.",
  "key-expired": "Install the archive's renewed key.",
  "key-revoked": "Do not use the source until its owner has published a new key.",
  "key-untrusted": "Find out whose key it is; to trust it, sign it locally (pacman-key --lsign-key).",
  "signature-missing": "Take it from a repository that signs its packages.",
  "database-unsigned":
    "Fetch the databases anew (`omg update`); where there is no signature then either, ask the repository's owner.",
  "weak-algorithm": "Ask the archive's owner for a signature with a stronger key and hash.",
  "index-mismatch": "Refresh the package lists (`apt-get update`).",
  "index-not-listed": "Refresh the package lists (`apt-get update`).",
  "artifact-not-listed": "Refresh the package lists and pin a build that they list (`omg lock`).",
  "hash-mismatch": "Take the bytes for tampered: find out where they came from, then remove that file and try again.",
  "size-mismatch": "Take the bytes for tampered: find out where they came from, then remove that file and try again.",
  unreadable: "Make the file that is named readable, or refresh the package lists.",
};

/** The pieces of evidence that keep an artifact from being any better. */
export function against(evidence: readonly Evidence[]): readonly Evidence[] {
  const failed = evidence.filter(({ verdict }) => verdict === "fail");
  return failed.length > 0 ? failed : evidence.filter(({ verdict }) => verdict === "unknown" || verdict === "absent");
}

/** What would turn this evidence into a pass; `otherwise` where nothing better is known. */
export function remedyFor(evidence: readonly Evidence[], otherwise: string): string {
  const known = against(evidence).map(({ code }) => REMEDIES[code]);
  return known.find((remedy) => remedy !== undefined) ?? otherwise;
}
