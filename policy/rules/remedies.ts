import type { Evidence } from "../../schema/model/artifact.ts";

const REMEDIES: Readonly<Record<string, string>> = {
  "no-keyring-bound": "Add `Signed-By:` with the archive's keyring to the source.",
  "source-trusted-blindly": "Take `trusted=yes` out of the source and bind it to its key with `Signed-By:`.",
  "release-expired": "Refresh the package lists (`apt-get update`); if they are fresh, the mirror is behind.",
  "release-from-future": "Set this machine's clock.",
  "release-older":
    "Refresh the package lists from a mirror that follows its archive. If the archive itself really went back, take its entry out of that file.",
  "key-unknown":
    "Check the key's fingerprint with the archive's owner; then bind the source to it (Signed-By), or bring pacman's keyring up to date (archlinux-keyring, and where that is new, `pacman-key --populate`).",
  "key-expired": "Install the archive's renewed key.",
  "key-revoked": "Do not use the source until its owner has published a new key.",
  "key-unusable": "Ask the archive's owner which key signs, and bind the source to that one.",
  "weak-hash": "Ask the archive's owner for a signature with a stronger hash.",
  "weak-key": "Ask the archive's owner for a signature with a stronger key.",
  "signature-expired": "Refresh the package lists (`apt-get update`); if they are fresh, the mirror is behind.",
  "signature-from-future": "Set this machine's clock.",
  "signature-outside-key-life": "Ask the archive's owner: nobody can have signed that with this key, at that time.",
  "signature-bad":
    "Take it for tampered: fetch it anew (of apt's lists: `apt-get update`), and do not use a mirror where it stays.",
  "lock-index-disagree":
    "One version with two builds means that somebody replaced it, in the archive or in the lock: find out who and why, then pin it anew (`omg update NAME`).",
  "key-untrusted": "Find out whose key it is; to trust it, sign it locally (pacman-key --lsign-key).",
  "signature-missing": "Take it from a repository that signs its packages.",
  "database-unsigned":
    "Fetch the databases anew (`omg update`); where there is no signature then either, ask the repository's owner.",
  "publisher-key-unknown":
    "If the publisher signs with a new key by now, check its fingerprint with them, and put the key into the file that is named.",
  "publisher-key-expired": "Put the publisher's renewed key into the file that is named, or take a newer version.",
  "publisher-key-revoked": "Take a version that the publisher signed with another key.",
  "publisher-signature-bad": "Take the archive or its list for tampered: do not use the address that it came from.",
  "publisher-artifact-not-listed":
    "Take the list for that of another version: do not use the address that it came from.",
  "publisher-lock-index-disagree":
    "One version with two archives means that somebody replaced it, at the publisher's or in the lock: find out who and why, then pin it anew (`omg use`).",
  "publisher-attestation-bad":
    "Do not install it before its publisher explains who built it. If the trust root is old: `omg audit trust --refresh`.",
  "artifact-mislabeled":
    "Take the database for tampered: fetch it anew (`omg update`), and do not use a mirror where it stays.",
  "index-mismatch": "Refresh the package lists (`apt-get update`).",
  "index-not-listed": "Refresh the package lists (`apt-get update`).",
  "artifact-not-listed": "Refresh the package lists and pin a build that they list (`omg lock`).",
  "hash-mismatch": "Take the bytes for tampered: find out where they came from, then remove that file and try again.",
  "size-mismatch": "Take the bytes for tampered: find out where they came from, then remove that file and try again.",
  "bundle-malformed":
    "Take the bundle for tampered or cut off: ask the publisher for the one that belongs to this version.",
  "bundle-too-large": "Ask the publisher for a bundle about this artifact alone.",
  "certificate-bad":
    "Bring the trust root up to date (`omg audit trust --refresh`); if that changes nothing, do not trust the bundle.",
  "timestamp-bad": "Ask the publisher for a bundle that a transparency log or a timestamp authority dated.",
  "inclusion-missing": "Ask the publisher for a whole bundle, with the proof that it is in the transparency log.",
  "inclusion-bad": "Take the bundle for tampered: ask the publisher for the one that belongs to this version.",
  "no-statement": "Ask the publisher for provenance in the form of SLSA 1.0 or 0.2.",
  "checkpoint-missing": "Ask the publisher for a whole bundle, with the log's signed checkpoint.",
  "checkpoint-bad": "Take the bundle for tampered: ask the publisher for a whole one.",
  "log-entry-bad": "Take the bundle for tampered: ask the publisher for the one that belongs to this version.",
  "bundle-signature-bad": "Take the bundle for tampered: ask the publisher for the one that belongs to this version.",
  "statement-malformed": "Ask the publisher for provenance in the form of SLSA 1.0 or 0.2.",
  "predicate-unknown": "Ask the publisher for provenance in the form of SLSA 1.0 or 0.2.",
  "subject-mismatch": "Ask the publisher for the provenance of this very version; if there is none, do not install it.",
  "identity-mismatch": "Do not install it before its publisher explains who built it.",
  "certificate-disagrees": "Do not install it before its publisher explains who built it.",
  "repository-mismatch": "Do not install it, unless its source has moved: then change the rule that is named.",
  "builder-mismatch": "Do not install it, unless its builder has changed: then change the rule that is named.",
  "workflow-mismatch": "Do not install it, unless its workflow has changed: then change the rule that is named.",
  "level-too-low": "Have it built by a builder that reaches the level, or lower the rule that is named.",
  "trust-root-bad": "Find out who changed it, then move it away: `omg audit trust --refresh` brings it anew.",
  "not-found": "Ask the publisher for provenance, or take the package out of what the rule covers.",
  unreachable: "Try again when the address that is named answers.",
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

/** What would turn evidence with this code into a pass, where that is known. */
export function remedyOf(code: string | undefined): string | undefined {
  return code === undefined ? undefined : REMEDIES[code];
}
