import { readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../host/canonical-json.ts";
import { sha256 } from "../../host/digest.ts";
import { keptAnswer } from "../../host/kept-answer.ts";
import { sharedPackageList } from "../../host/package-list/index.ts";
import type { DebianChain } from "../../schema/model/artifact.ts";
import { readIndex, refuseOtherIndex, type VerifiedIndex } from "./listing.ts";
import type { Release } from "./release.ts";
import type { ChainReader, SignedBy } from "./verify.ts";
import { verifyRelease } from "./verify.ts";

/** To be raised whenever the checks of a signature change: what earlier ones found does not count then. */
const RULES = 2;

/** A signature that was verified before, with a digest of all that it was made out from. */
interface KeptRelease {
  readonly key: string;
  /** When it was found out, and when it stops being true; milliseconds since 1970. */
  readonly since: number;
  readonly until: number | null;
  readonly sha256: string;
  readonly voucher: string;
  readonly date: number;
  readonly validUntil: number | null;
  /** Of the Packages files alone. */
  readonly files: readonly (readonly [name: string, sha256: string, size: number])[];
}

/**
 * Reads chains by what an earlier run of this user's found out about the same bytes: good signatures by the contents of the
 * Release file and every keyring, indexes by size, times and inode. Whatever is not known is read anew. Enough to say what a
 * verification would say; nothing is installed on its word. `cache`: a folder of this user's.
 */
export function rememberingReader(cache: string): ChainReader {
  return {
    release: (chain, now) => knownRelease(chain, now, join(cache, "releases")),
    index: (release, chain, names) => knownIndex(release, chain, names, cache),
  };
}

async function knownRelease(chain: DebianChain, now: Date, folder: string): Promise<SignedBy> {
  const key = keyOf(chain);
  if (key === undefined) return verifyRelease(chain, now);
  const store = keptAnswer(folder, `${sha256(chain.release).slice(0, 24)}.json`);
  const kept = store.read() as Partial<KeptRelease> | null | undefined;
  if (kept?.key === key && isStill(kept, now)) return remembered(kept as KeptRelease);
  const found = await verifyRelease(chain, now);
  store.write(keptForm(key, found, now));
  return found;
}

/** Undefined where something cannot be read: whoever reads it anew says what. */
function keyOf({ release, signature, keyrings, keyBlock, fingerprints }: DebianChain): string | undefined {
  try {
    const files = [release, ...(signature === undefined ? [] : [signature]), ...keyrings];
    const digests = files.map((file) => sha256(readFileSync(file)));
    return digestOf({ rules: RULES, digests, keyBlock, fingerprints, detached: signature !== undefined });
  } catch {
    return undefined;
  }
}

function isStill({ since, until }: Partial<KeptRelease>, now: Date): boolean {
  const time = now.getTime();
  return since !== undefined && since <= time && (until === null || (until !== undefined && time < until));
}

function keptForm(key: string, { release, sha256: digest, voucher }: SignedBy, now: Date): KeptRelease {
  const packages = [...release.files].filter(([name]) => name.endsWith("/Packages") || name === "Packages");
  return {
    key,
    since: now.getTime(),
    until: voucher.until?.getTime() ?? null,
    sha256: digest,
    voucher: voucher.key,
    date: release.date.getTime(),
    validUntil: release.validUntil?.getTime() ?? null,
    files: packages.map(([name, { sha256: listed, size }]) => [name, listed, size]),
  };
}

function remembered({ date, validUntil, files, sha256: digest, voucher, until }: KeptRelease): SignedBy {
  return {
    release: {
      date: new Date(date),
      files: new Map(files.map(([name, listed, size]) => [name, { sha256: listed, size }])),
      ...(validUntil === null ? {} : { validUntil: new Date(validUntil) }),
    },
    sha256: digest,
    voucher: { key: voucher, ...(until === null ? {} : { until: new Date(until) }) },
  };
}

async function knownIndex(
  release: Release,
  chain: DebianChain,
  names: ReadonlySet<string>,
  cache: string,
): Promise<VerifiedIndex> {
  const index = { path: chain.index, key: chain.indexKey };
  const list = await sharedPackageList(chain.index, cache).catch(() => undefined);
  if (list === undefined) return readIndex(release, index, names);
  refuseOtherIndex(release, index, list);
  const listings = [...names].map((name) => {
    const found = list.entries(name).map(({ arch, stanza }) => {
      const read = stanza();
      return { version: read.get("Version") ?? "", arch, sha256: (read.get("SHA256") ?? "").toLowerCase() };
    });
    return [name, found] as const;
  });
  return { sha256: list.sha256, listings: new Map(listings) };
}
