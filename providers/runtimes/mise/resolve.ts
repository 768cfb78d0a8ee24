import { basename } from "node:path";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { Records, ResolveOptions } from "../../../schema/model/provider.ts";
import type { Observed } from "../../../schema/model/resource.ts";
import type { MiseLayout, Problem, Transaction } from "../../../schema/model/transaction.ts";
import { MISE, readToolVersion } from "../../../schema/runtimes/names.ts";
import { collected, leaving, type Settled, stepOf } from "../settled.ts";
import { requireMise } from "./failures.ts";
import { addressesOf } from "./fetch.ts";
import type { MiseOptions } from "./options.ts";
import { misePlatform } from "./platform.ts";

/** Everything that says what is unpacked. */
interface Pinned {
  readonly version: string;
  readonly sha256: string;
  readonly url: string;
  readonly from: string;
}

/** Only what the lock pins is installed: by its hash, from its address. Nobody is asked. @throws OmgError `mise-missing` */
export async function resolve(
  options: MiseOptions,
  changes: readonly Change[],
  observed: Observed,
  { records }: ResolveOptions,
): Promise<Transaction> {
  const settled: Settled[] = [];
  for (const change of changes) settled.push(await settle(options, change, observed, records));
  return collected(MISE, settled);
}

async function settle(options: MiseOptions, change: Change, observed: Observed, records: Records): Promise<Settled> {
  const { tool, version } = readToolVersion(change.name);
  if (change.after === null)
    return leaving(change, observed, (name, found) => found === version && readToolVersion(name).tool === tool);
  if (change.kind === "modify" && observed.resources.get(change.name)?.attributes.version === version)
    return { step: stepOf(change) };
  const pinned = pinnedBy(change, records);
  if (pinned === undefined) return { problem: unpinned(change, tool) };
  const layout: MiseLayout = {
    format: "mise",
    program: await requireMise(options, tool),
    tool,
    version,
    backend: pinned.from,
    platform: misePlatform(),
    url: pinned.url,
  };
  return {
    step: stepOf(change),
    artifact: await artifactOf(options, change, pinned, records),
    unpacking: { layout, url: pinned.url, from: pinned.from },
  };
}

/** By the lock, or by omg's own memory of bytes that are still here: then it is the name of the file alone that counts. */
function pinnedBy({ address, name, pin, sha256 }: Change, records: Records): Pinned | undefined {
  if (sha256 === undefined) return undefined;
  const { version } = readToolVersion(name);
  if (pin?.url !== undefined && pin.from !== undefined && pin.version === version)
    return { version, sha256, url: pin.url, from: pin.from };
  const record = records.artifact(address, version);
  return record?.sha256 === sha256 && records.stored(sha256)
    ? { version, sha256, url: `http://localhost/${record.filename}`, from: record.origin }
    : undefined;
}

async function artifactOf(
  options: MiseOptions,
  { address, name }: Change,
  { version, sha256, url, from }: Pinned,
  records: Records,
): Promise<Artifact> {
  const record = records.artifact(address, version);
  const known = record?.sha256 === sha256 && records.stored(sha256) ? record : undefined;
  return {
    address,
    name,
    version,
    arch: process.arch,
    sha256,
    urls: await addressesOf(options, sha256, url),
    filename: basename(new URL(url).pathname),
    origin: from,
    chain:
      known === undefined
        ? { type: "publisher", publisher: from.slice(from.indexOf(":") + 1), proof: { type: "unasked" } }
        : { type: "recorded", evidence: known.evidence },
    role: "install",
  };
}

function unpinned({ address }: Change, tool: string): Problem {
  return {
    code: "unpinned",
    address,
    message: `${tool} is not pinned with address and hash for this platform, and nothing is installed without.`,
    hint: "`omg lock` pins it.",
  };
}
