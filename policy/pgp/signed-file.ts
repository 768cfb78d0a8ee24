import { readFileSync } from "node:fs";
import type { CleartextMessage, Message, Signature } from "openpgp";
import { sha256 } from "../../host/digest.ts";
import type { DebianChain } from "../../schema/model/artifact.ts";
import { Refusal } from "./finding.ts";

const BEGIN_TEXT = "-----BEGIN PGP SIGNED MESSAGE-----";
const BEGIN_SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
const END_SIGNATURE = "-----END PGP SIGNATURE-----";

/** A Release file with its signatures, not verified yet. `text` is exactly what the signatures cover. */
export interface SignedRelease {
  readonly text: string;
  readonly signed:
    | { readonly message: CleartextMessage }
    | { readonly message: Message<Uint8Array>; readonly signature: Signature };
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
      ? await clearsigned(content, chain.release)
      : await detached(content, chain.signature);
  return { ...parts, sha256: digest };
}

async function clearsigned(content: Buffer, file: string): Promise<Pick<SignedRelease, "text" | "signed">> {
  const { readCleartextMessage } = await import("openpgp");
  const cleartextMessage = strictClearsign(content.toString("utf8"), file);
  const message = await readCleartextMessage({ cleartextMessage }).catch((fault: unknown) => {
    throw malformed(file, fault);
  });
  return { text: message.getText(), signed: { message } };
}

async function detached(content: Buffer, file: string): Promise<Pick<SignedRelease, "text" | "signed">> {
  const { createMessage, readSignature } = await import("openpgp");
  const raw = read(file);
  const armored = raw.toString("latin1");
  const reading = armored.includes(BEGIN_SIGNATURE)
    ? readSignature({ armoredSignature: armored })
    : readSignature({ binarySignature: new Uint8Array(raw) });
  const signature = await reading.catch((fault: unknown) => {
    throw malformed(file, fault);
  });
  const message = await createMessage({ binary: new Uint8Array(content) });
  return { text: content.toString("utf8"), signed: { message, signature } };
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
