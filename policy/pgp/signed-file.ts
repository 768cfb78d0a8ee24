import { readFileSync } from "node:fs";
import type { CleartextMessage, Message, PublicKey, Signature } from "openpgp";
import { sha256 } from "../../host/digest.ts";
import type { DebianChain } from "../../schema/model/artifact.ts";
import { Refusal } from "./finding.ts";
import type { SignedBytes } from "./judge.ts";
import { CLOCK_TOLERANCE_MS } from "./signature-checks.ts";
import { packetsOf, parseSignature, type VerificationResult, verifyConfig, whichHold } from "./signature-packets.ts";

const BEGIN_TEXT = "-----BEGIN PGP SIGNED MESSAGE-----";
const BEGIN_SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
const END_SIGNATURE = "-----END PGP SIGNATURE-----";
const RELEASE = "The Release file";

/** A document that fits into memory, with its signatures, not verified yet. */
export interface SignedRelease {
  /** Exactly what the signatures cover. */
  readonly text: string;
  readonly signed: SignedBytes;
  /** Hex SHA-256 of the file `chain.release`. */
  readonly sha256: string;
}

/**
 * Reads InRelease, or Release with Release.gpg.
 * @throws Refusal `unreadable` when a file cannot be read, `signature-bad` when it is not one intact signed document.
 */
export async function readSignedRelease(chain: Pick<DebianChain, "release" | "signature">): Promise<SignedRelease> {
  const content = read(chain.release);
  const digest = sha256(content);
  const parts =
    chain.signature === undefined
      ? await clearsigned(content, chain.release, RELEASE)
      : await detached(content, chain.signature);
  return { ...parts, sha256: digest };
}

/** Whether a file begins as a clearsigned document does. */
export function isClearsigned(content: Buffer): boolean {
  return content.toString("latin1", 0, BEGIN_TEXT.length) === BEGIN_TEXT;
}

/**
 * A clearsigned document. `what` it is, for people.
 * @throws Refusal `signature-bad` when it is not one intact signed document.
 */
export async function clearsigned(
  content: Buffer,
  file: string,
  what: string,
): Promise<Pick<SignedRelease, "text" | "signed">> {
  const { readCleartextMessage } = await import("openpgp");
  const cleartextMessage = strictClearsign(content.toString("utf8"), file);
  const message = await readCleartextMessage({ cleartextMessage }).catch((fault: unknown) => {
    throw malformed(file, fault);
  });
  return { text: message.getText(), signed: await inMemory({ message }, what) };
}

async function detached(content: Buffer, file: string): Promise<Pick<SignedRelease, "text" | "signed">> {
  return { text: content.toString("utf8"), signed: await signedBeside(content, read(file), file, RELEASE) };
}

/**
 * Bytes in memory with a signature that stands beside them. `file`: where that is from, `what` it is over, for people.
 * @throws Refusal `signature-bad` when it is no intact signature
 */
export async function signedBeside(
  content: Buffer,
  signatureBytes: Uint8Array,
  file: string,
  what: string,
): Promise<SignedBytes> {
  const { createMessage } = await import("openpgp");
  const signature = await parseSignature(signatureBytes).catch((fault: unknown) => {
    throw malformed(file, fault);
  });
  const message = await createMessage({ binary: new Uint8Array(content) });
  return inMemory({ message, signature }, what);
}

type Loaded =
  | { readonly message: CleartextMessage }
  | { readonly message: Message<Uint8Array>; readonly signature: Signature };

async function inMemory(loaded: Loaded, what: string): Promise<SignedBytes> {
  const openpgp = await import("openpgp");
  const verify = async (keys: readonly PublicKey[], now: Date): Promise<VerificationResult[]> => {
    const date = new Date(now.getTime() + CLOCK_TOLERANCE_MS);
    const options = { verificationKeys: [...keys], date, config: verifyConfig(openpgp) };
    const { signatures } =
      "signature" in loaded
        ? await openpgp.verify({ ...loaded, format: "binary", ...options })
        : await openpgp.verify({ ...loaded, ...options });
    return signatures;
  };
  const unkeyed = await verify([], new Date(0));
  const packets = await Promise.all(unkeyed.map(async ({ signature }) => packetsOf(openpgp, await signature)));
  return { what, signatures: packets.flat(), fit: async (keys, now) => whichHold(await verify(keys, now)) };
}

/**
 * The document again if it is one clearsigned text and nothing else (RFC 9580, section 7): no byte before or after, one
 * signature block, no undisguised dashes in the text. Readers disagree about anything looser, and what one of them takes
 * for signed another may not. The Hash headers are dropped: they mean nothing, and a wrong one must not matter.
 * @throws Refusal `signature-bad`
 */
function strictClearsign(document: string, file: string): string {
  const lines = document.replace(/\r\n/g, "\n").replace(/\n+$/, "").split("\n");
  const refuse = (why: string): never => {
    throw new Refusal("signature-bad", `${file} is not one clearsigned document: ${why}`);
  };
  if (lines[0] !== BEGIN_TEXT) refuse("it does not begin with a signed message");
  const blank = lines.indexOf("");
  const signature = lines.indexOf(BEGIN_SIGNATURE);
  const end = lines.indexOf(END_SIGNATURE);
  if (blank < 0 || signature < blank || end < signature) refuse("its parts are not in order");
  if (end !== lines.length - 1) refuse("there is text after the signature");
  if (!lines.slice(1, blank).every((line) => /^Hash: [A-Za-z0-9, -]+$/.test(line)))
    refuse("it has headers other than Hash");
  const text = lines.slice(blank + 1, signature);
  if (text.some((line) => line.startsWith("-") && !line.startsWith("- "))) refuse("its text holds an unescaped dash");
  if (lines.slice(signature + 1, end).some((line) => line.startsWith("-")))
    refuse("it has more than one signature block");
  return [BEGIN_TEXT, "", ...lines.slice(blank + 1), ""].join("\n");
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (fault) {
    throw new Refusal(
      "unreadable",
      `${file} could not be read: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  }
}

function malformed(file: string, fault: unknown): Refusal {
  return new Refusal(
    "signature-bad",
    `${file} holds no intact signature: ${fault instanceof Error ? fault.message : String(fault)}`,
  );
}
