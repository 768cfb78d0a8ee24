import { join } from "node:path";
import { readConfig } from "../app/config.ts";
import type { Context } from "../app/context.ts";
import { withoutCredentials } from "../host/address.ts";
import type { SshMeans } from "../host/git-ssh.ts";
import { pathsFor } from "../host/paths.ts";
import { OmgError } from "../schema/error.ts";
import type { Config } from "../schema/files/config-schema.ts";
import { parseSchedule, type Schedule } from "../schema/files/schedule.ts";
import type { Window } from "../schema/model/window.ts";
import type { HealthCommand } from "./health/checks.ts";
import { commandOf, refuseForeignConfig } from "./health/who.ts";

type DaemonConfig = NonNullable<Config["daemon"]>;

export type Mode = "off" | "report" | "apply";

/** `[daemon]` of config.toml, with what counts where it is silent. */
export interface Settings {
  readonly repository: string;
  /** For an `ssh:` address. */
  readonly ssh: SshMeans | undefined;
  /** Full name of the branch or tag. */
  readonly reference: string;
  /** What is followed, for people and records: the address without a login, and the branch or tag. */
  readonly channel: string;
  /** Of the folder with omg.lock in the repository; empty: its top. */
  readonly path: string;
  readonly signers: string;
  /** Fingerprint of the first trust document of the team whose repository it is: then those say who may sign. */
  readonly team: string | undefined;
  /** Where the team's machines leave word of how they are. */
  readonly notes: string | undefined;
  readonly noteSeconds: number;
  /** Where a release has to name the commit: its branch, and the folder of the keys that it may be signed with. */
  readonly release: { readonly branch: string; readonly signers: string } | undefined;
  readonly pollSeconds: number;
  readonly maxAgeSeconds: number;
  /** Port of the loopback where metrics are handed out. */
  readonly metrics: number | undefined;
  readonly backoffSeconds: number;
  readonly tries: number;
  readonly drift: Mode;
  readonly rollForward: Mode;
  /** Of this machine; policies narrow them. */
  readonly windows: readonly Window[];
  /** Names of the health checks that config.toml has. */
  readonly checks: readonly string[];
  /** Who is told when something changed. */
  readonly notify: {
    readonly webhook?: { readonly address: string; readonly key: string };
    readonly command?: HealthCommand;
    readonly desktop?: true;
  };
  /** When everything is looked at whatever else happens. */
  readonly schedule: { readonly times: Schedule; readonly zone: string } | undefined;
}

/** What omgd keeps, all below the state folder of whoever runs it. */
export interface DaemonFolders {
  readonly all: string;
  /** Copies of repositories. */
  readonly mirrors: string;
  /** What was read of commits, a folder each. */
  readonly trees: string;
  /** A link to one of these: where the lock lies that a run is about, always under this one path. */
  readonly current: string;
  /** What omgd knows and does, as JSON. */
  readonly state: string;
  /** There while somebody keeps it from changing anything. */
  readonly suspension: string;
  /** What people were told, and what is on its way to them. */
  readonly outbox: string;
  /** Held by the one omgd of this scope. */
  readonly lease: string;
  /** Whoever holds this lock says where `current` leads. */
  readonly turn: string;
}

export function foldersOf(ctx: Context): DaemonFolders {
  const all = join(pathsFor(scopeOf(ctx), ctx).state, "daemon");
  return {
    all,
    mirrors: join(all, "mirrors"),
    trees: join(all, "trees"),
    current: join(all, "current"),
    state: join(all, "state.json"),
    suspension: join(all, "suspended.json"),
    outbox: join(all, "notify.json"),
    lease: join(all, "omgd.lock"),
    turn: join(all, "turn.lock"),
  };
}

/** Absolute path of the lock that runs are about. */
export function lockPathOf(ctx: Context, { path }: Pick<Settings, "path">): string {
  return join(foldersOf(ctx).current, path, "omg.lock");
}

/** Where config.toml and policy.toml of whoever runs omgd lie. */
export function configFolderOf(ctx: Context): string {
  return pathsFor(scopeOf(ctx), ctx).config;
}

/** @throws OmgError `no-repository`, `config-invalid` */
export async function readSettings(ctx: Context): Promise<Settings> {
  return settingsOf(ctx, (await readConfig(ctx, scopeOf(ctx)))?.daemon);
}

/** What a `[daemon]` means that may not be in config.toml yet. Errors: as for `readSettings`. */
export function settingsOf(ctx: Context, config: DaemonConfig | undefined): Settings {
  const file = join(configFolderOf(ctx), "config.toml");
  if (config?.repository === undefined) throw noRepository(file);
  const { repository, branch = "main", tag, path = "", "ssh-key": key, "known-hosts": knownHosts, release } = config;
  const times = parseSchedule(config.schedule ?? "");
  return {
    repository,
    ssh: key === undefined || knownHosts === undefined ? undefined : { key, knownHosts },
    metrics: config.metrics,
    reference: tag === undefined ? `refs/heads/${branch}` : `refs/tags/${tag}`,
    channel: `${withoutCredentials(repository)} ${tag === undefined ? `branch ${branch}` : `tag ${tag}`}`,
    path,
    signers: config.signers ?? join(configFolderOf(ctx), "trust", "signers"),
    team: config.team,
    notes: notesAt(config),
    noteSeconds: config["report-interval"] ?? 300,
    release:
      release === undefined
        ? undefined
        : { branch: release, signers: config["release-signers"] ?? join(configFolderOf(ctx), "trust", "release") },
    pollSeconds: config.poll ?? 300,
    maxAgeSeconds: config["max-age"] ?? 86_400,
    backoffSeconds: config.backoff ?? 30,
    tries: config.tries ?? 5,
    drift: config.drift ?? "report",
    rollForward: config["roll-forward"] ?? "report",
    windows: config.windows ?? [],
    checks: Object.keys(config.health ?? {}),
    notify: notifyOf(ctx, config.notify ?? {}, file),
    schedule: times === undefined ? undefined : { times, zone: config["time-zone"] ?? "UTC" },
  };
}

function notesAt({ team, report = true, repository }: DaemonConfig): string | undefined {
  if (team === undefined || report === false) return undefined;
  return report === true ? repository : report;
}

/** @throws OmgError `command-not-allowed`, `config-of-another` */
function notifyOf(ctx: Context, found: NonNullable<DaemonConfig["notify"]>, file: string): Settings["notify"] {
  const { webhook, key, command, desktop } = found;
  if (command !== undefined) refuseForeignConfig(ctx, file);
  return {
    ...(webhook === undefined || key === undefined ? {} : { webhook: { address: webhook, key } }),
    ...(command === undefined
      ? {}
      : { command: commandOf(ctx, "The command for notifications", { ...found, command }) }),
    ...(desktop === true ? { desktop } : {}),
  };
}

export function scopeOf({ uid }: Context): "system" | "user" {
  return uid === 0 ? "system" : "user";
}

function noRepository(file: string): OmgError {
  return new OmgError({
    code: "no-repository",
    exit: "invalid",
    message: `${file} names no repository to follow.`,
    state: "Nothing was changed.",
    hint: 'Write `[daemon]` and below it `repository = "https://…"` into it (docs/daemon.md), or join a team: omg team join URL.',
  });
}
