import { Readable } from "node:stream";
import {
  type Config,
  createMessage,
  decrypt,
  encrypt,
  enums,
  type Key,
  type Message,
  type PrivateKey,
  readMessage,
} from "openpgp";
import { damaged, refusal } from "./errors.ts";

/** Who can open a bundle: the holders of these keys, or whoever knows the passphrase. */
export type Lid = { readonly keys: readonly Key[] } | { readonly passphrase: string };
/** What there is to open one with. */
export type Opener = { readonly key: PrivateKey } | { readonly passphrase: string };

type Pieces = AsyncIterable<Uint8Array>;
type Web = ReadableStream<Uint8Array>;

/** RFC 9580, 3.7.1.3: 65 million bytes are hashed for each guess at a passphrase. */
const S2K_ITERATIONS = 255;

/**
 * Encrypts on the way, in memory for a few pieces, as any OpenPGP program can open it: integrity protection (RFC 9580, 5.13), no compression, no name.
 * @throws Error of openpgp where a key cannot be encrypted to
 */
export async function sealed(bytes: Pieces, lid: Lid): Promise<Pieces> {
  const message = await createMessage({ binary: asWeb(bytes), filename: "" });
  const to = "keys" in lid ? { encryptionKeys: [...lid.keys] } : { passwords: [lid.passphrase] };
  const config: Partial<Config> = {
    preferredCompressionAlgorithm: enums.compression.uncompressed,
    s2kIterationCountByte: S2K_ITERATIONS,
  };
  return fromWeb((await encrypt({ message, ...to, format: "binary", config })) as unknown as Web);
}

/**
 * The bytes that an OpenPGP message holds, as they come: nothing of them is proved before the last one was read, where changes show as an error.
 * @param opener asked once it is known what the message can be opened with
 * @param restMs for how long openpgp may ask for nothing more and say nothing before the message counts as damaged
 * @throws OmgError `bundle-damaged`, `bundle-not-for-you`, `bundle-not-opened`, `bundle-compressed`, also while the bytes are read
 */
export async function opened(
  bytes: Pieces,
  armored: boolean,
  opener: (kind: "key" | "passphrase" | "either") => Promise<Opener>,
  restMs = 20_000,
): Promise<Pieces> {
  const source = watched(bytes);
  const message = await messageIn(source.bytes, armored);
  const keyIds = message.getEncryptionKeyIDs();
  const hasPassphrase = message.packets.filterByTag(enums.packet.symEncryptedSessionKey).length > 0;
  const means = await opener(keyIds.length === 0 ? "passphrase" : hasPassphrase ? "either" : "key");
  if ("key" in means) refuseOtherRecipient(message, means.key);
  const config: Partial<Config> = {
    // The reader waits for the end before it uses anything; without this all of it would be held in memory.
    allowUnauthenticatedStream: true,
    // omg compresses nothing: what is compressed here is there to become large.
    maxDecompressedMessageSize: 0,
  };
  const by = "key" in means ? { decryptionKeys: means.key } : { passwords: means.passphrase };
  try {
    const { data } = await source.unlessAtRest(decrypt({ message, ...by, format: "binary", config }), restMs);
    return readable(fromWeb(data as unknown as Web));
  } catch (error) {
    const own = passing(error);
    if (own !== undefined) throw own;
    throw isCompressed(error) ? compressed() : notOpened("key" in means);
  }
}

/**
 * A changed byte can have openpgp take the beginning of the content for a packet that nobody reads: it waits for ever then, and asks for nothing.
 * So it is noticed how long nothing was asked of the source while it had something to give, or was at its end.
 */
function watched(pieces: Pieces) {
  let asking = false;
  let asked = performance.now();
  async function* bytes(): Pieces {
    asking = true;
    for await (const piece of pieces) {
      [asking, asked] = [false, performance.now()];
      yield piece;
      [asking, asked] = [true, performance.now()];
    }
    asking = false;
  }
  async function unlessAtRest<T>(work: Promise<T>, restMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const rest = new Promise<never>((_, stop) => {
      asked = performance.now();
      timer = setInterval(() => {
        if (!asking && performance.now() - asked > restMs) stop(damaged("it was changed on its way"));
      }, restMs / 10);
    });
    try {
      return await Promise.race([work, rest]);
    } finally {
      clearInterval(timer);
    }
  }
  return { bytes: bytes(), unlessAtRest };
}

async function messageIn(bytes: Pieces, armored: boolean): Promise<Message<Web>> {
  try {
    const stream = asWeb(bytes);
    if (!armored) return (await readMessage({ binaryMessage: stream })) as unknown as Message<Web>;
    const text = stream.pipeThrough(new TextDecoderStream()) as unknown as ReadableStream<string>;
    return (await readMessage({ armoredMessage: text })) as unknown as Message<Web>;
  } catch (error) {
    throw passing(error) ?? damaged("it is no OpenPGP message");
  }
}

function refuseOtherRecipient(message: Message<Web>, key: PrivateKey): void {
  const own = [key.getKeyID(), ...key.getSubkeys().map((subkey) => subkey.getKeyID())];
  const ids = message.getEncryptionKeyIDs();
  // A wildcard names nobody (RFC 9580, 5.1.8): it is tried.
  if (ids.some((id) => /^0+$/.test(id.toHex()) || own.some((each) => each.equals(id)))) return;
  const named = ids.map((id) => id.toHex().toUpperCase()).join(", ");
  throw refusal(
    "bundle-not-for-you",
    `The bundle is for ${named === "" ? "whoever knows its passphrase" : `the keys ${named}`}, and not for ${key.getFingerprint().toUpperCase()}.`,
    "Give the key that it is for, or have it sent to yours.",
  );
}

/** What goes wrong later is told as what it means. */
async function* readable(bytes: Pieces): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw passing(error) ?? (isCompressed(error) ? compressed() : damaged("it was cut off, or changed on its way"));
  }
}

/** Errors of where the bytes come from are theirs to explain. */
function passing(error: unknown): unknown {
  return error instanceof Error && (error.name === "OmgError" || error.name === "FetchFailure") ? error : undefined;
}

function isCompressed(error: unknown): boolean {
  return error instanceof Error && /decompress/i.test(error.message);
}

function compressed(): Error {
  return refusal(
    "bundle-compressed",
    "The bundle holds something compressed, which omg never sends: it could become larger than any disk.",
    "Do not use it, and ask whoever sent it.",
  );
}

function notOpened(byKey: boolean): Error {
  return refusal(
    "bundle-not-opened",
    `The bundle cannot be opened with that ${byKey ? "key" : "passphrase"}, or it was changed on its way.`,
    byKey ? "Give the key that it is for." : "Try the passphrase again, or have the bundle sent again.",
  );
}

function asWeb(bytes: Pieces): Web {
  return Readable.toWeb(Readable.from(bytes, { objectMode: false, highWaterMark: 1 << 18 })) as unknown as Web;
}

function fromWeb(stream: Web): Pieces {
  return Readable.fromWeb(stream as unknown as Parameters<typeof Readable.fromWeb>[0]) as Pieces;
}
