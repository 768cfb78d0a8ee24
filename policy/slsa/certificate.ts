import type { Signer } from "@sigstore/verify";
import { ProvenanceRefusal } from "./finding.ts";

/**
 * Who built and signed, as the certificate authority checked it with the build platform. Names as in Fulcio's
 * `docs/oid-info.md`.
 */
export interface BuildIdentity {
  /** Subject alternative name: for a build, the workflow that signed. */
  readonly subject: string;
  /** OpenID Connect issuer: whose word all of this is. */
  readonly issuer: string;
  /** `https://github.com/owner/repo/.github/workflows/build.yml@refs/heads/main`: the workflow that signed. */
  readonly signer: string;
  /** `https://github.com/owner/repo` */
  readonly repository: string;
  /** The workflow that was started; another one than `signer` where that is a reusable one. */
  readonly workflow: string;
  /** Commit. */
  readonly commit: string;
  /** `refs/tags/v1.0` */
  readonly ref: string;
  /** `github-hosted`, `self-hosted`; empty where the certificate does not say. */
  readonly runner: string;
}

/** GitHub's issuer of identities for workflows; one of an enterprise has its name behind it. */
export const GITHUB = "https://token.actions.githubusercontent.com";

const FULCIO = "1.3.6.1.4.1.57264.1.";
const OIDS = { signer: 9, runner: 11, repository: 12, commit: 13, ref: 14, workflow: 18 } as const;

/** Reads the identity that the certificate is about. @throws ProvenanceRefusal when it is not that of a build */
export function identityOf({ identity }: Signer): BuildIdentity {
  const values = new Map(identity?.oids?.map(({ oid, value }) => [oid?.id.join(".") ?? "", value]));
  const textOf = (name: keyof typeof OIDS) => derText(values.get(`${FULCIO}${OIDS[name]}`));
  const subject = identity?.subjectAlternativeName ?? "";
  const issuer = identity?.extensions?.issuer ?? "";
  const found = {
    subject,
    issuer,
    signer: textOf("signer"),
    repository: textOf("repository"),
    workflow: textOf("workflow"),
    commit: textOf("commit"),
    ref: textOf("ref"),
    runner: textOf("runner"),
  };
  const facts = { subject, issuer };
  if (found.signer === "" || found.repository === "" || found.workflow === "")
    throw new ProvenanceRefusal(
      "identity-mismatch",
      `It was signed by ${subject || "nobody who is named"} (${issuer || "no issuer"}), which is not the identity of a build.`,
      facts,
    );
  if (found.subject !== found.signer)
    throw new ProvenanceRefusal(
      "identity-mismatch",
      `The certificate names two signers: ${found.subject} and ${found.signer}.`,
      facts,
    );
  if (!mayVouch(issuer, found.repository))
    throw new ProvenanceRefusal(
      "identity-mismatch",
      `${issuer || "Nobody"} says that it was built from ${found.repository}, and only GitHub can say that of what lies there.`,
      facts,
    );
  return found;
}

/**
 * Other platforms build from GitHub's repositories as well, and whoever starts a build there says with which steps. A policy that
 * names a repository means what its own workflows build.
 */
function mayVouch(issuer: string, repository: string): boolean {
  return !repository.startsWith("https://github.com/") || issuer === GITHUB || issuer.startsWith(`${GITHUB}/`);
}

/** The text in a DER UTF8String (X.690, 8.1.3 and 8.23); empty for anything else. */
function derText(value: Uint8Array | undefined): string {
  if (value === undefined || value[0] !== 0x0c) return "";
  const first = value[1] ?? 0;
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (count > 2) return "";
  const length = count === 0 ? first : value.subarray(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  const text = value.subarray(2 + count);
  return text.length === length ? Buffer.from(text).toString("utf8") : "";
}
