import type { Commit } from "../../host/git-commit.ts";
import type { Objects } from "../../host/git-objects.ts";
import { type Trees, treesOf } from "../../host/git-trees.ts";
import { type CommitVerdict, judgeCommit, type Signers } from "../../policy/signers/judge.ts";
import type { Trust } from "../../schema/wire/trust-schema.ts";
import { trustError } from "../../team/trust/document.ts";
import { holdersOf, rolesFor } from "../../team/trust/roles.ts";
import type { Context } from "../context.ts";
import { documentsIn, readChain, signersFrom } from "./trust.ts";

/** Judges commits of one history. */
export type HistoryJudge = (
  commits: ReadonlyMap<string, Commit>,
) => Promise<(name: string, commit: Commit) => Promise<CommitVerdict>>;

/** What a team's repository says of whose word counts, from one commit on. */
export interface TeamHistory {
  /** Every document, the one in force last. */
  readonly chain: readonly [Trust, ...Trust[]];
  readonly judge: HistoryJudge;
}

export interface TeamOptions {
  /** Of the first trust document. */
  readonly fingerprint: string;
  /** The newest commit that was believed here. */
  readonly from: string | undefined;
  readonly to: string;
}

/**
 * Reads the trust documents at the newest commit, and judges commits by them. Each commit is judged by the document that was in force where it was
 * made, or the one that was believed here before, whichever is later; and by what it changes, for each of its parents. The newest one takes a key of
 * the newest document besides: a key that ended could otherwise make up a past. Documents are only ever added. What lies before the first of them is nobody's: the commit that brings it vouches for all that it holds.
 * @throws OmgError of `readChain`, `trust-changed`
 */
export async function teamHistory(ctx: Context, objects: Objects, options: TeamOptions): Promise<TeamHistory> {
  const { fingerprint, from, to } = options;
  const trees = treesOf(objects);
  const ends = await objects.commits(from === undefined || from === to ? [to] : [from, to]);
  const treeAt = (name: string | undefined) => (name === undefined ? undefined : ends.get(name)?.tree);
  const [newest = "", believed] = [treeAt(to), treeAt(from)];
  const documents = await documentsIn(trees, believed === undefined ? [newest] : [newest, believed]);
  const present = documents.get(newest) ?? [];
  const chain = await readChain(objects, newest, present.length, { fingerprint, now: ctx.now() });
  const known = documents.get(believed ?? "") ?? [];
  // By the chain alone, keys that ended since could have signed others in their place.
  if (known.some((object, index) => object !== present[index]))
    throw trustError("trust-changed", "A trust document that was believed here before was changed or taken away.");
  const least = known.length;
  return { chain, judge: async (commits) => judgeOver(ctx, { trees, objects, commits, chain, present, least, to }) };
}

interface Material {
  readonly trees: Trees;
  readonly objects: Objects;
  readonly commits: ReadonlyMap<string, Commit>;
  readonly chain: readonly Trust[];
  /** Object names of the documents of the newest commit. */
  readonly present: readonly string[];
  /** The version that was believed here before. */
  readonly least: number;
  /** The newest commit. */
  readonly to: string;
}

async function judgeOver(ctx: Context, { trees, objects, commits, chain, present, least, to }: Material) {
  const outside = [...commits.values()].flatMap(({ parents }) => parents.filter((parent) => !commits.has(parent)));
  const all = new Map([...commits, ...(await objects.commits([...new Set(outside)]))]);
  const documents = await documentsIn(trees, [...new Set([...all.values()].map(({ tree }) => tree))]);
  const documentsOf = (name: string) => documents.get(all.get(name)?.tree ?? "") ?? [];
  const changes = await changesOf();
  const known = new Map<string, Signers>();

  return async (name: string, commit: Commit): Promise<CommitVerdict> => {
    const own = documentsOf(name);
    const [before, ...sides] = commit.parents.map((parent) => documentsOf(parent));
    const kept = [before ?? [], ...sides].every((each) => each.every((object, index) => object === own[index]));
    if (!kept || own.some((object, index) => object !== present[index]))
      return bad("trust-changed", "It changes or takes away a trust document: they are only ever added to.");
    if (own.length === 0) return { good: true, by: "nobody: it is older than the team" };
    const version = Math.max(1, least, ...[before ?? [], ...sides].map((each) => each.length));
    const roles = rolesFor(changes.get(name) ?? []);
    const verdict = await judgedBy(commit, version, roles);
    // A new key may bring the very document that it is new in.
    if (!verdict.good && roles.length === 0 && own.length > version) return judgedBy(commit, own.length, roles);
    return verdict.good && name === to ? judgedBy(commit, chain.length, []) : verdict;
  };

  async function changesOf(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const asked = [...commits].flatMap(([name, { tree, parents }]) => {
      // One that rests on nothing of the team's vouches for everything in it.
      const founding = parents.every((parent) => documentsOf(parent).length === 0);
      const bases = founding ? [undefined] : parents.map((parent) => all.get(parent)?.tree);
      return documentsOf(name).length === 0 ? [] : bases.map((base) => ({ name, pair: [base, tree] as const }));
    });
    const found = await trees.changes(asked.map(({ pair }) => pair));
    const byCommit = new Map<string, Set<string>>();
    for (const [index, { name }] of asked.entries())
      byCommit.set(name, new Set([...(byCommit.get(name) ?? []), ...(found[index] ?? [])]));
    return byCommit;
  }

  async function judgedBy(commit: Commit, version: number, roles: ReturnType<typeof rolesFor>): Promise<CommitVerdict> {
    const trust = chain[version - 1];
    if (trust === undefined) return bad("trust-changed", `Trust document ${version}, believed here before, is gone.`);
    const id = `${version} ${roles.join()}`;
    const signers = known.get(id) ?? (await signersFrom(trust, holdersOf(trust, roles)));
    known.set(id, signers);
    const verdict = await judgeCommit(commit, signers, ctx.now());
    if (verdict.good || verdict.code !== "key-unknown" || roles.length === 0) return verdict;
    const what = roles.length === 1 ? `the role ${roles[0]}` : `the roles ${roles.join(" and ")}`;
    return bad(
      "role-missing",
      `${verdict.detail} What it changes takes a key with ${what} (trust document ${version}).`,
    );
  }
}

function bad(code: string, detail: string): CommitVerdict {
  return { good: false, code, detail };
}
