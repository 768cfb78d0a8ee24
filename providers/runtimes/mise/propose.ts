import { installedTools, installedVersions } from "../../../host/runtimes.ts";
import type { PinEntry } from "../../../schema/model/lock.ts";
import type { LockProposal, PinProposal, PinUpdate, Provider } from "../../../schema/model/provider.ts";
import { answers, type Candidate } from "../../../schema/runtimes/request.ts";
import { compareVersions } from "../../../schema/runtimes/versions.ts";
import { archiveFor, versionsOf } from "./ask.ts";
import { miseHere } from "./failures.ts";
import { hashOfArchive } from "./fetch.ts";
import type { MiseOptions } from "./options.ts";
import { toolRequest, toolsIn } from "./tools.ts";

type Input = Parameters<Provider["propose"]>[0];

/**
 * A pin that answers stays; anything else is asked of mise, fetched, and pinned by what came. Without mise, what nobody named in
 * this very call is left as it is.
 * @throws OmgError those of `archiveFor` and `hashOfArchive`
 */
export async function propose(options: MiseOptions, { lock, update }: Input): Promise<LockProposal> {
  if (lock === undefined) return captured(options);
  const isHere = (await miseHere(options)) !== undefined;
  const pins: PinProposal[] = [];
  const notes: string[] = [];
  for (const [tool, request] of toolsIn(lock)) {
    const asked = toolRequest(tool, request);
    if (asked === undefined || asked.type === "system") continue;
    const known = lock.pins.runtimes?.[tool];
    const answered = known?.sha256 !== undefined && known.url !== undefined && answers(known.version, asked);
    const moves = isMoved(tool, update);
    if (answered && !moves) pins.push(pin(tool, known));
    else if (isHere || update?.names?.has(tool) === true) pins.push(await found(options, tool, request));
    else {
      if (known !== undefined) pins.push(pin(tool, known));
      notes.push(`${tool} is not pinned anew: mise, which would find it, is not on this machine.`);
    }
  }
  return { requests: {}, pins, indexes: {}, notes };
}

/** The newest first. */
export async function available(options: MiseOptions, tool: string): Promise<readonly Candidate[]> {
  const versions = await versionsOf(options, tool);
  return [...new Set(versions)].sort((a, b) => compareVersions(b, a)).map((version) => ({ version }));
}

function isMoved(tool: string, update: PinUpdate | undefined): boolean {
  return update !== undefined && !update.security && (update.names?.has(tool) ?? true);
}

async function found(options: MiseOptions, tool: string, request: string): Promise<PinProposal> {
  const wish = request === "*" ? "latest" : request.replace(/(?:\.[x*])+$/i, "");
  const archive = await archiveFor(options, tool, wish);
  const sha256 = await hashOfArchive(options, tool, archive);
  return pin(tool, { version: archive.version, sha256, url: archive.url, from: archive.backend });
}

function pin(name: string, { version, sha256, url, from }: Omit<PinEntry, "auto">): PinProposal {
  return { name, pin: { version, ...(sha256 && { sha256 }), ...(url && { url }), ...(from && { from }) }, auto: false };
}

/** A lock has one version of each: the one that holds everywhere, else the newest. */
function captured({ data }: MiseOptions): LockProposal {
  const chosen = installedTools(data).flatMap((tool) => {
    const versions = installedVersions(data, tool);
    const one = versions.find(({ current }) => current) ?? versions[0];
    return one === undefined ? [] : [{ tool, ...one, others: versions.filter((each) => each !== one) }];
  });
  return {
    requests: Object.fromEntries(chosen.map(({ tool, version }) => [tool, { version }])),
    pins: chosen.map(({ tool, version, receipt }) => pin(tool, { version, ...receipt })),
    indexes: {},
    notes: chosen.flatMap(({ tool, others }) =>
      others.length === 0
        ? []
        : [
            `${tool}: ${others.map(({ version }) => version).join(", ")} is there as well; a lock asks for one version of each.`,
          ],
    ),
  };
}
