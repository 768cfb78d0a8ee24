import { join } from "node:path";
import { keptAnswer } from "../../host/kept-answer.ts";
import { OmgError } from "../../schema/error.ts";
import type { Candidate, VersionRequest } from "../../schema/runtimes/request.ts";
import { compareVersions, isPrerelease } from "../../schema/runtimes/versions.ts";
import { type Asking, askingOf } from "./asking.ts";
import { type Machine, thisMachine } from "./machine.ts";
import type { RuntimeOptions } from "./options.ts";
import type { Publisher } from "./publisher.ts";
import { publisherOf } from "./publishers/index.ts";

/** A publisher, and all that it takes to ask it for this machine. */
export interface Source {
  readonly publisher: Publisher;
  readonly machine: Machine;
  readonly ask: Asking;
  /** @throws OmgError `index-older` where the newest version that the same list once had is not in it any more */
  versions(request?: VersionRequest): Promise<readonly Candidate[]>;
}

const GITHUB = "https://api.github.com";

/** @throws OmgError `no-such-version` where nobody publishes for machines of this kind */
export async function sourceOf(options: RuntimeOptions): Promise<Source> {
  const { runtime, cache, trust, env, signal } = options;
  const machine = thisMachine();
  const publisher = machine && publisherOf(runtime, machine);
  if (machine === undefined || publisher === undefined) throw unpublished(options);
  const settings = await options.settings();
  const mirror = plain(settings.mirror ?? publisher.mirror);
  const github = plain(settings.github ?? GITHUB);
  const token = env.GITHUB_TOKEN || env.GH_TOKEN;
  const index = settings.index ?? publisher.index({ mirror, github });
  const ask = askingOf({
    runtime,
    mirror,
    github,
    index,
    cache: join(cache, "runtimes", runtime),
    keyFiles: trust.map((folder) => join(folder, "runtimes", `${runtime}.asc`)),
    env,
    now: options.now(),
    ...(token === undefined ? {} : { token }),
    ...(settings.keys === undefined ? {} : { keys: settings.keys }),
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    publisher,
    machine,
    ask,
    versions: async (request) => {
      const found = await publisher.versions(ask, machine, request);
      refuseOlder(options, index, request, found);
      return found;
    },
  };
}

function plain(address: string): string {
  return address.replace(/\/+$/, "");
}

/** A list that somebody holds back, or set back, has not what it had. */
function refuseOlder(
  { state, runtime }: RuntimeOptions,
  index: string,
  request: VersionRequest | undefined,
  found: readonly Candidate[],
): void {
  const isChannel = request?.type === "channel";
  if (isChannel && request.date !== undefined) return; // what it was on a day, it stays
  const newest = found
    .map(({ version }) => version)
    .filter((version) => isChannel || !isPrerelease(version))
    .sort(compareVersions)
    .at(-1);
  const folder = join(state, "runtimes");
  const kept = keptAnswer(folder, `${runtime}-seen.json`, 0o700);
  const seen = (kept.read() ?? {}) as Readonly<Record<string, unknown>>;
  const key = request === undefined || request.type === "latest" ? index : `${index} ${lineOf(request)}`;
  const before = seen[key];
  if (typeof before === "string" && !found.some(({ version }) => version === before) && isOlder(newest, before))
    throw older(runtime, index, before, join(folder, `${runtime}-seen.json`));
  if (newest !== undefined && newest !== before) kept.write({ ...seen, [key]: newest });
}

/** What a list that is asked for part of the versions depends on. */
function lineOf(request: VersionRequest): string {
  return request.type === "channel" ? request.channel : request.type === "version" ? request.text : request.type;
}

function isOlder(newest: string | undefined, before: string): boolean {
  return newest === undefined || compareVersions(newest, before) < 0;
}

function older(runtime: string, index: string, before: string, file: string): OmgError {
  return new OmgError({
    code: "index-older",
    exit: "refused",
    message: `${index} has no ${runtime} ${before} any more, which it had before: it is older than it was, or was changed.`,
    state: "Nothing was changed.",
    hint: `Ask again later, or another mirror. If the publisher itself took that version back, remove ${file}.`,
  });
}

function unpublished({ runtime }: RuntimeOptions): OmgError {
  return new OmgError({
    code: "no-such-version",
    exit: "error",
    message: `Nobody publishes ${runtime} for machines of this kind.`,
    state: "Nothing was changed.",
    hint: "Take it from the distribution: `omg install`.",
  });
}
