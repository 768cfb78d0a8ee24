import { hostname } from "node:os";
import { join } from "node:path";
import { apply } from "../../app/commands/apply.ts";
import { plan } from "../../app/commands/plan.ts";
import { readConfig } from "../../app/config.ts";
import type { Context } from "../../app/context.ts";
import type { ApplyResult } from "../../app/results.ts";
import { ownHostKey } from "../../app/team/host.ts";
import { withoutCredentials } from "../../host/address.ts";
import { failpoint } from "../../host/failpoint.ts";
import { makeFolder, readIfPresent, writeOwned } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { parseConfig } from "../../schema/files/config.ts";
import type { Config } from "../../schema/files/config-schema.ts";
import { withDaemonTable } from "../../schema/files/daemon-table.ts";
import type { Plan } from "../../schema/model/plan.ts";
import { configFolderOf, lockPathOf, scopeOf, settingsOf } from "../settings.ts";
import { believe, layOut } from "../source/fetch.ts";
import { type VerifiedSource, verifySource } from "../source/verify.ts";
import { asService, letServiceRead } from "../units/identity.ts";
import { asError } from "./problems.ts";
import { type Vouching, vouchingOf } from "./vouching.ts";

export interface JoinOptions {
  readonly repository: string;
  /** Fingerprint of the team's first trust document. */
  readonly trust: string;
  readonly branch?: string;
  /** Folder of omg.lock in the repository. */
  readonly path?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  readonly yes: boolean;
  /** Asks the person; absent where there is nobody to ask. */
  readonly agree?: (about: JoinView) => Promise<boolean>;
}

/** What joining is about, before anything of it is done. */
export interface JoinView extends Vouching {
  readonly plan: Plan;
  /** config.toml, and what it gets. */
  readonly file: string;
  readonly lines: readonly string[];
}

export interface JoinResult extends Vouching {
  readonly outcome: "joined" | "declined";
  readonly applied?: Pick<ApplyResult, "outcome" | "generations">;
  /** What members.toml should have of this machine. */
  readonly member?: { readonly name: string; readonly key: string; readonly toml: string };
  readonly config: string;
  /** Whose omgd is to follow: the machine's, or this person's own. */
  readonly scope: "system" | "user";
}

/**
 * Joins a team: verifies its repository from the first trust document on, shows what that would change and who vouches for it, asks once,
 * applies it, and has omgd follow it from now on. Until somebody agreed nothing is written but omg's own copy of the repository.
 * @throws OmgError `already-following`, `no-consent`, and those of verifying, planning and applying
 */
export async function teamJoin(ctx: Context, options: JoinOptions): Promise<JoinResult> {
  const { yes, agree } = options;
  const scope = scopeOf(ctx);
  const file = join(configFolderOf(ctx), "config.toml");
  const asked = askedFor(options);
  const { present, text } = await configNow(ctx, file, asked);
  const settings = settingsOf(ctx, { ...present, ...asked });
  const verified = await verifySource(ctx, settings);
  const vouching = vouchingOf(verified);
  const { problem } = await layOut(ctx, verified);
  if (problem !== undefined) throw asError(problem, "invalid");
  const lock = lockPathOf(ctx, settings);
  const { plan: planned } = await plan(ctx, { lock, locked: true });
  refuseUnready(planned);
  const lines = linesOf(asked, present);
  const about = { ...vouching, plan: planned, file, lines: lines.map(([key, value]) => `${key} = ${value}`) };
  if (!yes && agree === undefined) throw noConsent();
  if (!yes && !(await agree?.(about))) return { ...vouching, outcome: "declined", config: file, scope };
  const { outcome, generations } = await apply(ctx, { lock, locked: true, yes: true });
  return {
    ...vouching,
    outcome: "joined",
    applied: { outcome, generations },
    scope,
    ...(await subscribe(ctx, verified, text, lines, file)),
  };
}

type Daemon = NonNullable<Config["daemon"]>;

function askedFor({ repository, trust, branch, path, sshKey, knownHosts }: JoinOptions): Daemon {
  return {
    repository,
    team: trust,
    ...(branch === undefined ? {} : { branch }),
    ...(path === undefined ? {} : { path }),
    ...(sshKey === undefined ? {} : { "ssh-key": sshKey }),
    ...(knownHosts === undefined ? {} : { "known-hosts": knownHosts }),
  };
}

/** config.toml as it is, sound together with what is asked for. */
async function configNow(ctx: Context, file: string, asked: Daemon) {
  const text = readIfPresent(file)?.toString("utf8") ?? "";
  const present = (await readConfig(ctx, scopeOf(ctx)))?.daemon ?? {};
  for (const key of Object.keys(asked) as (keyof Daemon)[])
    if (present[key] !== undefined && present[key] !== asked[key]) throw following(file, key, present);
  const lines = linesOf(asked, present);
  const changed = lines.length === 0 ? text : withDaemonTable(text, lines);
  if (changed === undefined) throw notEditable(file, lines);
  parseConfig({ path: file, text: changed });
  return { present, text };
}

/** What is not there yet. What a newer commit says is applied, since that is what joining is for. */
function linesOf(asked: Daemon, present: Daemon): readonly (readonly [string, string])[] {
  const wanted = { ...asked, ...(present["roll-forward"] === undefined ? { "roll-forward": "apply" as const } : {}) };
  return Object.entries(wanted).flatMap(([key, value]) =>
    key in present ? [] : [[key, JSON.stringify(value)] as const],
  );
}

async function subscribe(
  ctx: Context,
  verified: VerifiedSource,
  text: string,
  lines: readonly (readonly [string, string])[],
  file: string,
): Promise<Pick<JoinResult, "member" | "config">> {
  failpoint("team.join-applied");
  await believe(ctx, verified, undefined);
  makeFolder(configFolderOf(ctx));
  const changed = lines.length === 0 ? undefined : withDaemonTable(text, lines);
  const holdsLogin = withoutCredentials(verified.settings.repository) !== verified.settings.repository;
  if (changed !== undefined) writeOwned(file, changed, holdsLogin ? 0o600 : 0o644);
  await letServiceRead(ctx, file);
  // Last, since root becomes that account for it where omgd is the machine's service: the key is what omgd proves itself with.
  const owner = await asService(ctx);
  const key = ownHostKey(owner, scopeOf(owner));
  const name = hostname().replace(/[^A-Za-z0-9._-]+/g, "-");
  return { config: file, member: { name, key, toml: `[members.${JSON.stringify(name)}]\nkey = "${key}"\n` } };
}

function refuseUnready({ problems, verdict }: Plan): void {
  const faults = [...problems.map(({ message }) => message), ...verdict.violations.map(({ message }) => message)];
  if (faults.length === 0) return;
  throw new OmgError({
    code: "join-refused",
    exit: "refused",
    message: "What the team's lock asks for cannot be applied here.",
    details: faults,
    state: "This machine did not join, and nothing was changed.",
    hint: "Settle that in the team's repository, or with this machine's policy, then join again.",
  });
}

function following(file: string, key: string, { repository = "" }: Daemon): OmgError {
  const other = repository === "" ? "" : ` (${withoutCredentials(repository)})`;
  return new OmgError({
    code: "already-following",
    exit: "error",
    message: `${file} says otherwise already: its \`${key}\` is another one${other}.`,
    state: "Nothing was changed.",
    hint: "A machine follows one repository. Take `[daemon]` out of that file if it is to follow this one.",
  });
}

function notEditable(file: string, lines: readonly (readonly [string, string])[]): OmgError {
  return new OmgError({
    code: "edit-refused",
    exit: "error",
    message: `${file} has its \`daemon\` in a form that omg cannot add to.`,
    details: lines.map(([key, value]) => `${key} = ${value}`),
    state: "Nothing was changed.",
    hint: "Write these into it by hand, then join again.",
  });
}

function noConsent(): OmgError {
  return new OmgError({
    code: "no-consent",
    exit: "consent",
    message: "There is nobody to ask whether this machine is to join.",
    state: "Nothing was changed.",
    hint: "Give --yes once you know whose fingerprint that is.",
  });
}
