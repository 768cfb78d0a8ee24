import { answersAlpmRequest } from "../../../host/alpm-version.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { Problem, ProblemCode } from "../../../schema/model/transaction.ts";
import { BUILT } from "../desired.ts";
import type { Market } from "../sync/market.ts";

/** A change with the very package that it means; removals and changes of reasons need none. */
export interface Choice {
  readonly change: Change;
  readonly artifact?: Artifact;
}

export type Chosen = { readonly choice: Choice } | { readonly problem: Problem };

/** What a change means that is built here. */
export type FindBuilt = (change: Change) => Promise<Artifact | Problem>;

/** Finds the package that each change means, among what the repositories offer and what omg or pacman kept. */
export async function choose(change: Change, market: Market, built?: FindBuilt): Promise<Chosen> {
  const version = change.after?.version;
  if (change.after === null) return { choice: { change } };
  if (change.kind === "modify" && (change.request === undefined || version !== undefined))
    return { choice: { change } };
  if (change.from === BUILT && built !== undefined) {
    const found = await built(change);
    return "code" in found ? { problem: found } : { choice: { change, artifact: found } };
  }
  if (typeof version !== "string") return chooseOpen(change, market);
  const exact = await chooseExact(change, version, market);
  // A broken package whose version is gone is mended with another one that the lock allows.
  const mayDiffer = change.kind === "reinstall" && change.request !== undefined && "problem" in exact;
  return mayDiffer ? chooseOpen(change, market) : exact;
}

/** The first repository that has a name decides, as it does for pacman. */
function chooseOpen(change: Change, market: Market): Chosen {
  const offers = market.offers(change.name);
  if (offers.length === 0) return { problem: nothingOffered(change, market) };
  const { request = "*", from } = change;
  const found = offers.find(
    ({ version, origin }) => answersAlpmRequest(version, request) && (from === undefined || origin === from),
  );
  return found === undefined
    ? { problem: noSuchVersion(change, request, market) }
    : { choice: { change, artifact: found } };
}

async function chooseExact(change: Change, version: string, market: Market): Promise<Chosen> {
  const { name, from, sha256 } = change;
  const listed = market
    .offers(name)
    .filter((offer) => offer.version === version && (from === undefined || offer.origin === from));
  const kept = await market.build(name, version);
  const candidates = [...listed, ...(kept === undefined ? [] : [kept])];
  const found = candidates.find((candidate) => sha256 === undefined || candidate.sha256 === sha256);
  if (found !== undefined) return { choice: { change, artifact: found } };
  if (candidates.length > 0) return { problem: pinMismatch(change, version, candidates) };
  if (!market.listed(name)) return { problem: nothingOffered(change, market) };
  return { problem: noSuchVersion(change, version, market) };
}

function nothingOffered(change: Change, market: Market): Problem {
  const { name } = change;
  const missing = market.databases.missing;
  if (market.listed(name)) {
    const message = `${name} is listed only without a SHA-256.`;
    return problem(change, "unsupported", message, "Take it from a repository that can be verified.");
  }
  const providers = market.providersOf(name);
  if (providers.length > 0) {
    const list = providers.join(", ");
    return problem(
      change,
      "virtual-name",
      `${name} is no package; ${list} provide${providers.length === 1 ? "s" : ""} it.`,
      `Name one of them in the lock: ${list}.`,
    );
  }
  const members = market.membersOf(name).join(", ");
  if (members !== "")
    return problem(change, "virtual-name", `${name} is a group: ${members}.`, `Name those that are meant: ${members}.`);
  const replacers = market.replacersOf(name);
  if (replacers.length > 0)
    return problem(
      change,
      "unknown-name",
      `No repository has ${name} any more: ${replacers.join(", ")} replaces it.`,
      `Ask for ${replacers.join(" or ")} in the lock.`,
    );
  const nearest = market.nearest(name);
  const fetched =
    missing.length === 0
      ? "Check the name, and whether its repository is in pacman.conf."
      : `The databases of ${missing.join(", ")} were never fetched: run \`omg update\`, or pacman -Syu.`;
  return problem(
    change,
    "unknown-name",
    `No configured repository has a package named ${JSON.stringify(name)}.`,
    nearest.length > 0 ? `Did you mean ${nearest.join(" or ")}?` : fetched,
  );
}

function noSuchVersion(change: Change, wanted: string, market: Market): Problem {
  const where = change.from === undefined ? "" : ` from ${change.from}`;
  const listed = market
    .offers(change.name)
    .map(({ version, origin }) => `${version} (${origin})`)
    .join(", ");
  const next =
    change.after?.version === undefined
      ? "Ask for one of these."
      : `\`omg update ${change.name}\` pins what is there now.`;
  return problem(
    change,
    "no-such-version",
    `No repository offers ${change.name} ${wanted}${where}, and neither omg nor pacman kept a copy of it.`,
    `There is ${listed}. ${next}`,
  );
}

function pinMismatch(change: Change, version: string, candidates: readonly Artifact[]): Problem {
  const found = [...new Set(candidates.map(({ sha256, origin }) => `${sha256} (${origin})`))].join(", ");
  return problem(
    change,
    "lock-index-disagree",
    `${change.name} ${version} is pinned to the build ${change.sha256}, and there is another one: ${found}.`,
    "One version with two builds means that somebody replaced it. Find out who and why before you pin it anew.",
  );
}

function problem(change: Change, code: ProblemCode, message: string, hint: string): Problem {
  return { code, address: change.address, message, hint };
}
