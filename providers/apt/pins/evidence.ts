import type { FindKept, LockProposal, PinProposal } from "../../../schema/model/provider.ts";
import { bareName } from "../names.ts";
import { isListed, type Pinned } from "../offers/kept-market.ts";
import { isUnlisted, type Market } from "../offers/market.ts";
import { evidenceFor, type Indexes } from "../sources/index-digests.ts";
import { namedStanzas } from "../sources/named-stanzas.ts";
import type { IndexTarget } from "../sources/targets.ts";

export interface EvidenceInput {
  readonly pins: readonly PinProposal[];
  readonly market: Pick<Market, "offers">;
  readonly targets: readonly IndexTarget[];
  /** Digests of today's indexes. */
  readonly today: Indexes;
  /** Those that the lock has. */
  readonly before: Indexes;
  readonly find: FindKept | undefined;
  readonly architecture: string;
}

/**
 * The indexes that the pins are to be proved with, and the files of those of today: a pin that stays while its source moves on
 * keeps the index that it was found in, under a name with a part of the digest behind it.
 */
export async function evidenceOf(input: EvidenceInput): Promise<Required<Pick<LockProposal, "indexes" | "evidence">>> {
  const { pins, market, targets, today, architecture } = input;
  const known = pins.map(({ name, pin }) => ({ name, ...pin })).filter(({ sha256 }) => sha256 !== undefined);
  const gone = known.filter((pin) => !isListed(pin, market));
  const files = new Set(known.flatMap((pin) => filesOf(pin, market)));
  return {
    indexes: { ...today, ...(await stillNeeded(gone, input)) },
    evidence: evidenceFor(targets, files, today, architecture),
  };
}

/** The lists that a pinned build is in; apt prefers the first. */
function filesOf({ name, version, sha256 }: Pinned, market: Pick<Market, "offers">): readonly string[] {
  const found = market
    .offers(name)
    .find((offer) => !isUnlisted(offer) && offer.version === version && offer.sha256 === sha256);
  return found?.chain.type === "debian" ? [found.chain.index] : [];
}

async function stillNeeded(gone: readonly Pinned[], { today, before, find }: EvidenceInput): Promise<Indexes> {
  if (gone.length === 0) return {};
  const kept: Record<string, Indexes[string]> = {};
  for (const [name, digests] of Object.entries(before)) {
    const plain = name.replace(/@.*$/, "");
    if (today[plain]?.packages === digests.packages && today[plain]?.release === digests.release) continue;
    if (await mayList(digests.packages, gone, find)) kept[`${plain}@${digests.release.slice(0, 12)}`] = digests;
  }
  return kept;
}

/** What is not here may list them: nothing is dropped because it could not be read. */
async function mayList(packages: string, gone: readonly Pinned[], find: FindKept | undefined): Promise<boolean> {
  const path = await find?.(packages);
  if (path === undefined) return true;
  const wanted = new Map(gone.map(({ name, sha256 }) => [sha256, bareName(name)]));
  const { stanzas } = await namedStanzas(path, new Set(wanted.values()));
  return stanzas.some((stanza) => wanted.get(stanza.get("SHA256") ?? "") === stanza.get("Package"));
}
