import { miseVersions } from "../../host/mise.ts";
import { type InstalledVersion, installedVersions } from "../../host/runtimes.ts";
import { OmgError } from "../../schema/error.ts";
import type { PinEntry } from "../../schema/model/lock.ts";
import type { LockProposal, PinProposal, Provider } from "../../schema/model/provider.ts";
import {
  answers,
  type Candidate,
  newestFor,
  parseRequest,
  type VersionRequest,
} from "../../schema/runtimes/request.ts";
import { compareVersions } from "../../schema/runtimes/versions.ts";
import { sourceOf } from "./ask.ts";
import type { RuntimeOptions } from "./options.ts";

type Input = Parameters<Provider["propose"]>[0];

/** @throws OmgError `no-such-version`, and those of asking the publisher */
export async function propose(options: RuntimeOptions, { lock, update }: Input): Promise<LockProposal> {
  const { runtime, data } = options;
  if (lock === undefined) return captured(options, installedVersions(data, runtime));
  const request = lock.runtimes[runtime];
  const asked = request === undefined ? undefined : parseRequest(runtime, request);
  if (request === undefined || asked === undefined || asked.type === "system") return proposal([]);
  const pinned = lock.pins.runtimes?.[runtime];
  const moves = update !== undefined && !update.security && (update.names?.has(runtime) ?? true);
  if (pinned?.sha256 !== undefined && answers(pinned.version, asked) && !moves) return proposal([pin(options, pinned)]);
  return proposal([await found(options, request, asked)]);
}

/** Every version for this machine, the newest first. */
export async function available(options: RuntimeOptions): Promise<readonly Candidate[]> {
  const versions = await (await sourceOf(options)).versions();
  return [...versions].sort((a, b) => compareVersions(b.version, a.version));
}

async function found(options: RuntimeOptions, request: string, asked: VersionRequest): Promise<PinProposal> {
  const source = await sourceOf(options);
  if (asked.type === "vendor") throw foreignVendor(options, asked.vendor);
  const candidate = newestFor(asked, await source.versions(asked));
  const published = candidate && (await source.publisher.published(source.ask, source.machine, candidate.version));
  if (published === undefined) throw noSuchVersion(options, request, source.publisher.name);
  const { version, sha256, url } = published;
  return pin(options, { version, sha256, url, from: source.publisher.origin });
}

function pin({ runtime }: RuntimeOptions, { version, sha256, url, from }: Omit<PinEntry, "auto">): PinProposal {
  const known = { ...(sha256 && { sha256 }), ...(url && { url }), ...(from && { from }) };
  return { name: runtime, pin: { version, ...known }, auto: false };
}

function proposal(pins: readonly PinProposal[]): LockProposal {
  return { requests: {}, pins, indexes: {}, notes: [] };
}

/** A lock has one version of each: the one that holds everywhere, else the newest. */
function captured(options: RuntimeOptions, installed: readonly InstalledVersion[]): LockProposal {
  const { runtime } = options;
  const chosen = installed.find(({ current }) => current) ?? installed[0];
  if (chosen === undefined) return byMise(options);
  const { version, receipt } = chosen;
  const others = installed.filter((each) => each !== chosen).map((each) => each.version);
  return {
    ...proposal([pin(options, { version, ...receipt })]),
    requests: { [runtime]: { version } },
    notes:
      others.length === 0
        ? []
        : [`${runtime}: ${others.join(", ")} is there as well; a lock asks for one version of each.`],
  };
}

/** What another tool installed is asked for, and not pinned: nobody knows what it was made of. */
function byMise(options: RuntimeOptions): LockProposal {
  const { runtime } = options;
  const found = miseVersions(runtime, options).find(
    ({ version }) => parseRequest(runtime, version)?.type === "version",
  );
  if (found === undefined) return proposal([]);
  const { version } = found;
  const note = `${runtime} ${version} was installed by mise: \`omg lock\` pins it, and omg then installs its publisher's own.`;
  return { ...proposal([]), requests: { [runtime]: { version } }, notes: [note] };
}

function noSuchVersion({ runtime }: RuntimeOptions, request: string, publisher: string): OmgError {
  return new OmgError({
    code: "no-such-version",
    exit: "error",
    message: `${publisher} lists no ${runtime} ${request} for this machine.`,
    state: "Nothing was changed.",
    hint: `\`omg list ${runtime} --available\` shows what there is.`,
  });
}

function foreignVendor({ runtime }: RuntimeOptions, vendor: string): OmgError {
  return new OmgError({
    code: "no-such-version",
    exit: "error",
    message: `omg installs Eclipse Temurin as ${runtime}, and no builds of ${vendor}.`,
    state: "Nothing was changed.",
    hint: "Ask for the version alone.",
  });
}
