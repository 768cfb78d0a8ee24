import type { PublicKey, Subkey } from "openpgp";

/** Everything that one OpenPGP signature can turn out to be. */
export type SignatureCode =
  | "signature-valid"
  | "signature-bad" // it does not fit the bytes, or is none
  | "signature-expired"
  | "signature-from-future"
  | "signature-outside-key-life" // made before its key was, or after it had ended
  | "key-unknown"
  | "key-expired"
  | "key-revoked"
  | "key-unusable" // a key that may not sign, or whose own signatures do not hold
  | "key-untrusted" // too few of the keys that others are introduced by vouch for it
  | "weak-hash"
  | "weak-key";

/** What a signature is asked, in this order. */
export type SignatureCheckName = "key" | "hash" | "strength" | "dates" | "key life" | "key state" | "trust" | "bytes";

export interface SignatureCheck {
  readonly name: SignatureCheckName;
  /** `skipped`: an earlier check has settled it. */
  readonly verdict: "pass" | "fail" | "skipped";
  /** Of a check that failed. */
  readonly code?: SignatureCode;
  /** One sentence for people. */
  readonly detail: string;
}

/** One signature, and every check of it. */
export interface SignatureReport {
  /** That of the first check that failed, or `signature-valid`. */
  readonly code: SignatureCode;
  readonly detail: string;
  /** 16 upper-case hex digits, as the signature names its maker. */
  readonly keyId: string;
  /** Fingerprint of the (sub)key, upper-case hex; absent where the key is not known. */
  readonly key?: string;
  /** The user id that stands first in the key. */
  readonly owner?: string;
  readonly created?: Date;
  /** When a good signature stops being one: it, or its key, ends then. Absent where nothing ends. */
  readonly until?: Date;
  readonly checks: readonly SignatureCheck[];
}

/** A key out of a keyring, with the part of it that made a signature. */
export interface Signer {
  readonly key: PublicKey;
  /** The key itself or one of its subkeys. */
  readonly signer: PublicKey | Subkey;
}
