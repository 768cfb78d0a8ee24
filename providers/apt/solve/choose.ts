import { compareDebianVersions, satisfiesRequest } from "../../../host/debian-version.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { Records } from "../../../schema/model/provider.ts";
import type { Problem, ProblemCode } from "../../../schema/model/transaction.ts";
import { type Market, nearestNames, recordedArtifact } from "../offers/market.ts";

/** A change with the very build that it means; removals and changes of marks need none. */
export interface Choice {
  readonly change: Change;
  readonly artifact?: Artifact;
  /** What the person should know about the version that was chosen. */
  readonly note?: string;
}

export type Chosen = { readonly choice: Choice } | { readonly problem: Problem };

/** Finds the build that each change means, in the indexes or among what omg kept. Pure. */
export function choose(change: Change, market: Market, records: Records): Chosen {
  if (change.kind === "modify" && !isOpen(change)) return { choice: { change } };
  if (change.after === null) return { choice: { change } };
  const wanted = versionOf(change);
  if (wanted === undefined) return chooseOpen(change, market);
  const exact = chooseExact(change, wanted, market, records);
  // A broken package whose version is gone is mended with another one that the lock allows.
  const mayDiffer = change.kind === "reinstall" && change.request !== undefined && "problem" in exact;
  return mayDiffer ? chooseOpen(change, market) : exact;
}

/** Whether the solver has something to say about it: marks alone, and what an earlier removal left, are nothing to it. */
export function needsSolver({ change, artifact }: Choice): boolean {
  return artifact !== undefined || (change.after === null && change.before !== null);
}

/** Whether the solver has to say which version is meant. */
function isOpen(change: Change): boolean {
  return change.request !== undefined && change.after?.version === undefined;
}

function versionOf(change: Change): string | undefined {
  const { version } = change.after ?? {};
  return typeof version === "string" ? version : undefined;
}

/** The first in apt's own order among the builds that answer the request. */
function chooseOpen(change: Change, market: Market): Chosen {
  const offers = market.offers(change.name);
  if (offers.length === 0) return { problem: nothingOffered(change, market) };
  const request = change.request ?? "*";
  const fitting = market
    .candidates(change.name)
    .filter(
      (offer) =>
        satisfiesRequest(offer.version, request) && (change.from === undefined || offer.origin === change.from),
    );
  const [best] = fitting;
  if (best === undefined)
    return { problem: keptOut(change, request, market) ?? noSuchVersion(change, request, offers) };
  const note = preferred(change.name, best, fitting, market);
  return { choice: { change, artifact: best, ...(note === undefined ? {} : { note }) } };
}

/** Says which record of apt's preferences made an older version win, or lost a newer one its place. */
function preferred(name: string, best: Artifact, fitting: readonly Artifact[], market: Market): string | undefined {
  const newer = fitting.find(({ version }) => compareDebianVersions(version, best.version) > 0);
  if (newer === undefined) return undefined;
  const record = market.preference(name, best.version) ?? market.preference(name, newer.version);
  if (record === undefined) return undefined;
  return `${name} ${best.version}, and not ${newer.version}, because of apt's preferences: ${record}`;
}

/** A version that answers is there, and apt's preferences say never to take it. */
function keptOut(change: Change, request: string, market: Market): Problem | undefined {
  const { name } = change;
  for (const { version, origin } of market.offers(name)) {
    if (!satisfiesRequest(version, request) || (change.from !== undefined && origin !== change.from)) continue;
    const record = market.preference(name, version);
    if (record === undefined) continue;
    const message = `${name} ${version} is there, and apt's preferences say never to take it: ${record}.`;
    const hint = "Change that record, or ask for another version. What a pin of the lock names is taken all the same.";
    return problem(change, "no-such-version", message, hint);
  }
  return undefined;
}

function chooseExact(change: Change, version: string, market: Market, records: Records): Chosen {
  const offers = market.offers(change.name);
  const same = offers.filter((offer) => offer.version === version);
  const builds = same.filter((offer) => change.from === undefined || offer.origin === change.from);
  const recorded = recordedArtifact(records, change.name, version);
  const candidates = [...builds, ...(recorded === undefined ? [] : [recorded])];
  const found = candidates.find((candidate) => change.sha256 === undefined || candidate.sha256 === change.sha256);
  if (found !== undefined) {
    const never = market.candidates(change.name).every((candidate) => candidate.version !== version);
    const record = never ? market.preference(change.name, version) : undefined;
    const note = `${change.name} ${version} is taken because it is pinned, although apt's preferences say never to: ${record}`;
    return { choice: { change, artifact: found, ...(record === undefined ? {} : { note }) } };
  }
  if (candidates.length > 0) return { problem: disagreement(change, version, candidates) };
  return { problem: offers.length === 0 ? nothingOffered(change, market) : noSuchVersion(change, version, offers) };
}

function nothingOffered(change: Change, market: Market): Problem {
  if (market.listed(change.name)) return unverifiable(change);
  const providers = market.providersOf(change.name);
  if (providers.length > 0) {
    const list = [...providers].sort().join(", ");
    return problem(
      change,
      "virtual-name",
      `${change.name} is a virtual package, provided by ${list}.`,
      `Name one of them in the lock: ${list}.`,
    );
  }
  const nearest = nearestNames(change.name, market);
  const hint =
    nearest.length > 0
      ? `Did you mean ${nearest.join(" or ")}?`
      : "Check the name, and whether the source that has it is configured and updated (apt-get update).";
  return problem(
    change,
    "unknown-name",
    `No configured source has a package named ${JSON.stringify(change.name)}.`,
    hint,
  );
}

function unverifiable(change: Change): Problem {
  const message = `${change.name} is listed only by sources that publish no Release file, or no SHA-256 of it.`;
  return problem(change, "unsupported", message, "Take it from a source that can be verified.");
}

function noSuchVersion(change: Change, wanted: string, offers: readonly Artifact[]): Problem {
  const where = change.from === undefined ? "" : ` from ${change.from}`;
  const listed = [...new Set(offers.map((offer) => `${offer.version} (${offer.origin})`))].join(", ");
  const repin = `\`omg update ${change.name}\` pins one of these.`;
  return problem(
    change,
    "no-such-version",
    `No source offers ${change.name} ${wanted}${where}, and omg kept no copy of it.`,
    `There is ${listed}. ${versionOf(change) === undefined ? "Ask for one of these." : repin}`,
  );
}

function disagreement(change: Change, version: string, candidates: readonly Artifact[]): Problem {
  const found = candidates.map((candidate) => `${candidate.sha256} (${candidate.origin})`).join(", ");
  return problem(
    change,
    "lock-index-disagree",
    `The lock pins ${change.name} ${version} to the build ${change.sha256}, and the signed index has another one: ${found}.`,
    `One version with two builds means that somebody replaced it, in the archive or in the lock. Find out who and why; then \`omg update ${change.name}\` pins what the index has.`,
  );
}

function problem(change: Change, code: ProblemCode, message: string, hint: string): Problem {
  return { code, address: change.address, message, hint };
}
