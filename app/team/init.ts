import { lstatSync } from "node:fs";
import { basename, join } from "node:path";
import { makeFolder, readIfPresent, writeOwned } from "../../host/files.ts";
import { readRepository } from "../../host/git-head.ts";
import { ownGit } from "../../host/own-git.ts";
import { OmgError } from "../../schema/error.ts";
import { asLockName } from "../../schema/files/new-lock.ts";
import { fingerprintOf, trustText } from "../../team/trust/document.ts";
import { MEMBERS_FILE, TEAM_FOLDER, TRUST_FOLDER } from "../../team/trust/roles.ts";
import { capture } from "../commands/capture.ts";
import { GITHUB, GITHUB_FILE } from "../commands/ci-init.ts";
import type { Context } from "../context.ts";
import { ATTRIBUTE, DRIVER } from "./merge-driver.ts";
import { ownKey } from "./own-key.ts";
import { refuseOthers } from "./work-tree.ts";

export interface TeamInitOptions {
  /** Default: the folder's name. */
  readonly name?: string;
  readonly yes: boolean;
  /** Asks the person; absent where there is nobody to ask. */
  readonly agree?: (about: TeamInitResult) => Promise<boolean>;
}

export interface TeamInitResult {
  readonly team: string;
  /** Top folder of the repository. */
  readonly folder: string;
  /** What others need to know the team by. */
  readonly fingerprint: string;
  readonly key: { readonly fingerprint: string; readonly owner: string };
  /** Paths in the repository. */
  readonly files: readonly string[];
  /** What was there, and stays as it is. */
  readonly kept: readonly string[];
  readonly outcome: "written" | "declined";
}

/**
 * Makes a team's repository of the one that the folder lies in: its first trust document, signed by the key that git signs with, which
 * gets every role, and what goes with it. Commits nothing.
 * @throws OmgError `no-repository-here`, `team-present`, `no-signing-key`, `signing-failed`, `no-consent`
 */
export async function teamInit(ctx: Context, { name, yes, agree }: TeamInitOptions): Promise<TeamInitResult> {
  refuseOthers(ctx);
  const folder = readRepository(ctx.cwd)?.root;
  if (folder === undefined) throw noRepository(ctx.cwd);
  const at = (path: string) => join(folder, path);
  const isThere = (path: string) => lstatSync(at(path), { throwIfNoEntry: false }) !== undefined;
  if (isThere(TEAM_FOLDER)) throw present(at(TEAM_FOLDER));
  const git = ownGit(folder, ctx.env, ctx.signal);
  const { fingerprint, key, sign } = await ownKey(ctx, git);
  const team = asLockName(name ?? basename(folder));
  const branch = (await git.run(["symbolic-ref", "--short", "HEAD"])).stdout.trim();
  const everything = [fingerprint];
  const trust = trustText({
    format: 1,
    team,
    version: 1,
    keys: { [fingerprint]: key },
    roles: { trust: everything, release: everything, policy: everything, peers: everything },
    threshold: 1,
  });
  const attributes = readIfPresent(at(".gitattributes"))?.toString("utf8") ?? "";
  const files: Readonly<Record<string, string>> = {
    [`${TEAM_FOLDER}/team.toml`]: `name = ${JSON.stringify(team)}\nbranch = ${JSON.stringify(branch === "" ? "main" : branch)}\n`,
    [`${TRUST_FOLDER}/1.json`]: trust,
    [`${TRUST_FOLDER}/1.sig`]: "",
    [MEMBERS_FILE]: MEMBERS,
    "policy.toml": POLICY,
    [GITHUB_FILE]: GITHUB,
  };
  const kept = [...Object.keys(files), "omg.lock"].filter(isThere);
  const written = Object.keys(files).filter((path) => !kept.includes(path));
  const attribute = attributes.split("\n").includes(ATTRIBUTE) ? [] : [".gitattributes"];
  const captured = kept.includes("omg.lock") ? [] : ["omg.lock"];
  const result = {
    team,
    folder,
    fingerprint: fingerprintOf(trust),
    key: { fingerprint, owner: key.owner },
    files: [...written, ...attribute, ...captured],
    kept,
  };
  if (!yes && agree === undefined) throw noConsent();
  if (!yes && !(await agree?.({ ...result, outcome: "declined" }))) return { ...result, outcome: "declined" };
  const signature = await sign(trust);
  if (captured.length > 0) await capture(ctx, { file: at("omg.lock") });
  for (const path of written) {
    makeFolder(join(at(path), ".."));
    writeOwned(at(path), path === `${TRUST_FOLDER}/1.sig` ? signature : (files[path] ?? ""));
  }
  if (attribute.length > 0) writeOwned(at(".gitattributes"), `${ended(attributes)}${ATTRIBUTE}\n`);
  for (const [setting, value] of Object.entries(DRIVER)) await git.ok(["config", "--local", setting, value]);
  return { ...result, outcome: "written" };
}

function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

const MEMBERS = `# The team's machines. \`omg team join\` prints what goes in here for one:
#
# [members.NAME]
# key = "ed25519:…"
`;

const POLICY = `# What is acceptable on the team's machines; see docs/policy.md. For example:
#
# [grade]
# minimum = "verified"
version = 1
`;

function noRepository(folder: string): OmgError {
  return new OmgError({
    code: "no-repository-here",
    exit: "error",
    message: `${folder} lies in no git repository.`,
    state: "Nothing was written.",
    hint: "Go to one, or make one: `git init`.",
  });
}

function present(path: string): OmgError {
  return new OmgError({
    code: "team-present",
    exit: "error",
    message: `${path} is there already.`,
    state: "Nothing was written.",
    hint: "What a team has is not begun anew: other trust documents are added, see docs/teams.md.",
  });
}

function noConsent(): OmgError {
  return new OmgError({
    code: "no-consent",
    exit: "consent",
    message: "There is nobody to ask whether this may be written.",
    state: "Nothing was written.",
    hint: "Give --yes.",
  });
}
