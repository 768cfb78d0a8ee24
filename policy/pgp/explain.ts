import { existsSync } from "node:fs";
import { readRegular, startOf } from "../../host/files.ts";
import { verifyDetached } from "./detached.ts";
import { chainEvidence, evidenceOfFault } from "./finding.ts";
import { judgeSignatures, tellingOf } from "./judge.ts";
import { readTrustedKeys, type TrustedKeys } from "./keyring.ts";
import type { SignatureReport } from "./report.ts";
import { clearsigned, isClearsigned } from "./signed-file.ts";
import { readIntroducedKeys } from "./web-of-trust.ts";

/** More than any signature file has. Bytes. */
const MAX_SIGNATURE = 1024 * 1024;
/** A clearsigned document is held in memory: many times what Debian's InRelease has. Bytes. */
const MAX_DOCUMENT = 64 * 1024 * 1024;

export interface SignatureQuestion {
  readonly file: string;
  /** Where the detached signature lies; absent for a clearsigned document. */
  readonly signature?: string;
  readonly keyring: string;
  readonly now: Date;
  /** A folder of this user's for what was found out before. */
  readonly cache?: string;
}

/** Every check of every signature, and what they come to. */
export interface SignatureExplanation {
  /** `unknown`: something could not be read, so nothing is known. */
  readonly verdict: "pass" | "fail" | "unknown";
  readonly code: string;
  readonly detail: string;
  readonly signatures: readonly SignatureReport[];
  /** Whether keys had to be introduced by others that the keyring's makers trust. */
  readonly introduced: boolean;
  /** Hex SHA-256 of the bytes; absent where none of them had to be read. */
  readonly sha256?: string;
}

/** Whether a file is a document with its signature in it. System errors pass. */
export function hasOwnSignature(file: string): boolean {
  return isClearsigned(Buffer.from(startOf(file, 64), "latin1"));
}

/** Explains a detached or a clearsigned signature. Never throws for a bad one. */
export async function explainSignature(question: SignatureQuestion): Promise<SignatureExplanation> {
  const introduced = introductionsBeside(question.keyring);
  try {
    const trusted =
      introduced === undefined
        ? await readTrustedKeys({ keyrings: [question.keyring] })
        : await readIntroducedKeys(introduced, question.cache);
    const { reports, sha256 } = await reportsOf(question, trusted);
    const told = tellingOf(reports);
    const code = told?.code ?? "signature-bad";
    const detail = told?.detail ?? `${question.file} carries no signature.`;
    const { verdict } = chainEvidence(code, detail, {});
    return { ...answer(verdict, code, detail, reports, introduced), ...(sha256 === undefined ? {} : { sha256 }) };
  } catch (fault) {
    const { verdict, code, detail } = evidenceOfFault(fault);
    return answer(verdict, code, detail, [], introduced);
  }
}

function answer(
  verdict: string,
  code: string,
  detail: string,
  signatures: readonly SignatureReport[],
  introduced: object | undefined,
): SignatureExplanation {
  const known = verdict === "pass" || verdict === "fail" ? verdict : "unknown";
  return { verdict: known, code, detail, signatures, introduced: introduced !== undefined };
}

async function reportsOf(
  { file, signature, now }: SignatureQuestion,
  trusted: TrustedKeys,
): Promise<{ readonly reports: readonly SignatureReport[]; readonly sha256?: string }> {
  if (signature !== undefined) return verifyDetached(file, readRegular(signature, MAX_SIGNATURE), trusted, now);
  const { signed } = await clearsigned(readRegular(file, MAX_DOCUMENT), file, "The file");
  return { reports: await judgeSignatures(signed, trusted, now) };
}

/** `archlinux.gpg` with `archlinux-trusted` beside it is a keyring whose keys have to be introduced: pacman-key(8), --populate. */
function introductionsBeside(keyring: string) {
  const stem = keyring.replace(/\.(?:gpg|asc|pgp)$/, "");
  const [trusted, revoked] = [`${stem}-trusted`, `${stem}-revoked`];
  if (stem === keyring || !existsSync(trusted)) return undefined;
  return { keyring, trusted, ...(existsSync(revoked) ? { revoked } : {}) };
}
