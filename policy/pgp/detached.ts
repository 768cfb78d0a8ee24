import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { openRegular } from "../../host/files.ts";
import { Refusal } from "./finding.ts";
import { judgeSignatures, type SignedBytes, tellingOf } from "./judge.ts";
import type { TrustedKeys } from "./keyring.ts";
import type { SignatureReport } from "./report.ts";
import { CLOCK_TOLERANCE_MS } from "./signature-checks.ts";
import { packetsOf, parseSignature, verifyConfig, whichHold } from "./signature-packets.ts";

const PIECE = 1 << 20;

/** What the signatures over a file come to. */
export interface DetachedVerdict {
  /** The report that settles it; absent where there is no signature at all. */
  readonly told?: SignatureReport;
  readonly reports: readonly SignatureReport[];
  /** Hex SHA-256 of the bytes that were verified; absent where none had to be read. */
  readonly sha256?: string;
}

/**
 * Verifies a file of any size by signatures that lie beside it, in memory of a fixed size: the bytes pass once, however many
 * signatures there are. `signature`: the content of the signature file, binary or armoured. A bad signature is a value.
 * @throws Refusal `unreadable` where the file cannot be read, `signature-bad` where `signature` is none
 */
export async function verifyDetached(
  file: string,
  signature: Uint8Array,
  trusted: TrustedKeys,
  now: Date,
): Promise<DetachedVerdict> {
  const seen: { sha256?: string } = {};
  const signed = await overFile(file, signature, (sha256) => {
    seen.sha256 = sha256;
  });
  const reports = await judgeSignatures(signed, trusted, now);
  const told = tellingOf(reports);
  return { reports, ...(told === undefined ? {} : { told }), ...seen };
}

async function overFile(file: string, content: Uint8Array, onRead: (sha256: string) => void): Promise<SignedBytes> {
  const openpgp = await import("openpgp");
  const signature = await parseSignature(content).catch((fault: unknown) => {
    throw new Refusal("signature-bad", `What should sign ${file} holds no intact signature: ${reasonOf(fault)}`);
  });
  return {
    what: "The file",
    signatures: packetsOf(openpgp, signature),
    fit: async (keys, now) => {
      const reading = readingOf(file);
      const message = await openpgp.createMessage({ binary: reading.stream });
      const { data, signatures } = await openpgp.verify({
        message,
        signature,
        verificationKeys: [...keys],
        date: new Date(now.getTime() + CLOCK_TOLERANCE_MS),
        config: verifyConfig(openpgp),
        format: "binary",
        expectSigned: true, // otherwise the stream cannot be read beside the hash
      });
      await drain(data);
      onRead(reading.sha256());
      return whichHold(signatures);
    },
  };
}

/** Reads to the end. That no signature fits is thrown here as well, and told by each of them. */
async function drain(data: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of data);
  } catch {
    // a file that cannot be read has no hash: `sha256` says so
  }
}

interface Reading {
  readonly stream: ReadableStream<Uint8Array>;
  /** Of all the bytes. @throws Refusal `unreadable` where they did not come to their end */
  sha256(): string;
}

function readingOf(file: string): Reading {
  const hash = createHash("sha256");
  let end: "open" | "reached" | Error = "open";
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of createReadStream(file, { fd: openRegular(file), highWaterMark: PIECE })) {
        hash.update(piece as Buffer);
        yield piece as Buffer;
      }
      end = "reached";
    } catch (fault) {
      end = fault instanceof Error ? fault : new Error(String(fault));
      throw fault;
    }
  }
  return {
    stream: ReadableStream.from(pieces()) as ReadableStream<Uint8Array>,
    sha256: () => {
      if (end === "reached") return hash.digest("hex");
      throw new Refusal("unreadable", `${file} could not be read${end === "open" ? "" : `: ${end.message}`}.`);
    },
  };
}

function reasonOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
