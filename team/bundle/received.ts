import { join } from "node:path";
import { digestOf } from "../../host/canonical-json.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { type BundleManifest, type Received, receivedSchema } from "../../schema/wire/bundle-schema.ts";
import { refusal } from "./errors.ts";

const LARGEST = 4 << 20;
const NOTHING: Received = { format: 1, senders: {}, newest: {} };

/** Below the state folder: what bundles leave there. */
export function bundleFolder(state: string): string {
  return join(state, "team", "bundles");
}

const pathIn = (state: string) => join(bundleFolder(state), "received.json");

/** Whom this machine believed so far. @throws OmgError `record-damaged`: without it, an older bundle could not be told */
export function readReceived(state: string): Received {
  const text = readIfPresent(pathIn(state), LARGEST);
  if (text === undefined) return NOTHING;
  const { data } = receivedSchema.safeParse(jsonIn(text));
  if (data !== undefined) return data;
  throw new OmgError({
    code: "record-damaged",
    exit: "error",
    message: `${pathIn(state)}, which says which bundles were believed here, cannot be read.`,
    state: "Nothing was changed: an older bundle could not be told from a newer one.",
    hint: "Restore it from a backup, or remove it to begin anew: then name the sender with --from.",
  });
}

/** The same with this bundle as the newest of its sender, and the sender known where a person said so. */
export function withBundle(before: Received, manifest: BundleManifest, accepted: Date | undefined): Received {
  const { from, lock, host, number } = manifest;
  const sender = accepted === undefined ? {} : { [from]: { host, since: accepted.toISOString() } };
  const own = { ...before.newest[from], [lock]: { number, digest: digestOf(manifest) } };
  return { ...before, senders: { ...before.senders, ...sender }, newest: { ...before.newest, [from]: own } };
}

/** The same without this sender among the accepted ones; how far its bundles had come stays. */
export function withoutSender(before: Received, key: string): Received {
  const { [key]: _, ...senders } = before.senders;
  return { ...before, senders };
}

export function writeReceived(state: string, received: Received): void {
  makeFolder(bundleFolder(state));
  writeAtomic(pathIn(state), `${JSON.stringify(received, undefined, 2)}\n`, 0o600);
}

/** @throws OmgError `bundle-older` for what was sent before something that was laid out here, or with its number and other contents */
export function refuseOlder({ newest }: Received, manifest: BundleManifest): void {
  const before = newest[manifest.from]?.[manifest.lock];
  if (before === undefined || before.number < manifest.number) return;
  if (before.number === manifest.number && before.digest === digestOf(manifest)) return;
  throw refusal(
    "bundle-older",
    `This bundle is of ${manifest.created}, and a newer one of the same sender for ${manifest.lock} was laid out here already.`,
    "Have a new one made: `omg team share`.",
  );
}

function jsonIn(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString("utf8"));
  } catch {
    return undefined;
  }
}
