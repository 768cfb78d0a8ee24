import { sshKey } from "./ssh-key.ts";
import { Malformed } from "./ssh-wire.ts";

/** A line of an allowed signers file: ssh-keygen(1), ALLOWED SIGNERS. */
export interface AllowedSigner {
  /** As they stand there: `alice@example.org`. */
  readonly principals: string;
  readonly fingerprint: string;
  /** Whether it may sign for this purpose. */
  admits(namespace: string): boolean;
  /** From when and until when; absent: always. */
  readonly after?: Date;
  readonly before?: Date;
}

/**
 * Reads such a file. An option that is not known here, and a line that cannot be read, are errors: what somebody meant to forbid must not
 * count because it was passed over.
 * @throws Malformed with the line
 */
export function allowedSigners(text: string): readonly AllowedSigner[] {
  return text.split("\n").flatMap((line, index) => {
    const words = line.trim().match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
    if (words.length === 0 || line.trim().startsWith("#")) return [];
    try {
      return [signerIn(words)];
    } catch (cause) {
      throw new Malformed(`line ${index + 1}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  });
}

function signerIn([principals = "", ...rest]: readonly string[]): AllowedSigner {
  // A key's type is the word before the key itself; what stands before it are options.
  const at = isKeyType(rest[0]) ? 0 : 1;
  const [type, blob] = rest.slice(at);
  if (!isKeyType(type) || blob === undefined) throw new Malformed("no key stands there");
  const key = sshKey(Buffer.from(blob, "base64"));
  if (key.type !== type) throw new Malformed(`the key is one of type ${key.type}`);
  const options = at === 0 ? new Map<string, string>() : optionsIn(rest[0] ?? "");
  const namespaces = options.get("namespaces")?.split(",");
  const [after, before] = [options.get("valid-after"), options.get("valid-before")];
  return {
    principals: principals.replaceAll('"', ""),
    fingerprint: key.fingerprint,
    admits: (namespace) => namespaces?.some((each) => each === "*" || each === namespace) ?? true,
    ...(after === undefined ? {} : { after: momentOf(after) }),
    ...(before === undefined ? {} : { before: momentOf(before) }),
  };
}

function isKeyType(word: string | undefined): boolean {
  return word !== undefined && /^(?:ssh|ecdsa|sk)-[a-z0-9@.-]+$/.test(word);
}

const KNOWN = ["namespaces", "valid-after", "valid-before"];

function optionsIn(word: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [whole] of word.matchAll(/(?:[^,"]|"[^"]*")+/g)) {
    const [, name = whole, value = ""] = /^([a-z-]+)="([^"]*)"$/i.exec(whole) ?? [];
    const known = KNOWN.find((each) => each === name.toLowerCase());
    if (known === undefined || value === "" || found.has(known))
      throw new Malformed(`the option ${JSON.stringify(whole)} is not known here, or stands there twice`);
    found.set(known, value);
  }
  return found;
}

/** `YYYYMMDD` or `YYYYMMDDHHMM[SS]`, in UTC with a `Z`, else in this machine's time. */
function momentOf(text: string): Date {
  const [, year, month, day, hour = "00", minute = "00", second = "00", zone = ""] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/.exec(text) ?? [];
  const moment = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  if (Number.isNaN(moment.getTime())) throw new Malformed(`${JSON.stringify(text)} is no time`);
  return moment;
}
