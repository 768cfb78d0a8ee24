import type { Artifact } from "../../schema/model/artifact.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Records, ResolveOptions } from "../../schema/model/provider.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { Problem, Transaction } from "../../schema/model/transaction.ts";
import { isRuntime } from "../../schema/runtimes/names.ts";
import { type Source, sourceOf } from "./ask.ts";
import { advisoryOf } from "./inventory.ts";
import type { RuntimeOptions } from "./options.ts";
import type { Published } from "./publisher.ts";
import { collected, leaving, type Settled, stepOf } from "./settled.ts";

/**
 * Only what the lock pins is installed, by its hash. What omg has the bytes of and verified before needs nobody to be asked.
 * @throws OmgError `proof-missing`, `proof-unreachable`, `keys-unreachable`, `rate-limited`
 */
export async function resolve(
  options: RuntimeOptions,
  changes: readonly Change[],
  observed: Observed,
  { records }: ResolveOptions,
): Promise<Transaction> {
  let source: Promise<Source> | undefined;
  const asked = () => {
    source ??= sourceOf(options);
    return source;
  };
  const settled: Settled[] = [];
  for (const change of changes) settled.push(await settle(change, observed, records, asked));
  return collected(options.runtime, settled);
}

async function settle(
  change: Change,
  observed: Observed,
  records: Records,
  asked: () => Promise<Source>,
): Promise<Settled> {
  if (change.after === null) return leaving(change, observed);
  if (change.kind === "modify" && observed.resources.get(change.name)?.attributes.version === change.name)
    return { step: stepOf(change) };
  const version = change.after.version;
  if (typeof version !== "string" || change.sha256 === undefined) return { problem: unpinned(change) };
  const { sha256 } = change;
  const record = records.artifact(change.address, version);
  const source = await asked();
  const known = record?.sha256 === sha256 && records.stored(sha256) ? record : undefined;
  if (known !== undefined) {
    const chain = { type: "recorded", evidence: known.evidence } as const;
    const artifact = artifactOf(change, version, { url: "", filename: known.filename, sha256 }, source, chain);
    return { step: stepOf(change), artifact, unpacking: { layout: source.publisher.layout, url: "" } };
  }
  const published = await source.publisher.published(source.ask, source.machine, version, sha256);
  if (published === undefined) return { problem: withdrawn(change, version, source) };
  if (published.sha256 !== sha256) return { problem: disagreeing(change, sha256, published, source) };
  const { url, lts } = published;
  const chain = { type: "publisher", publisher: source.publisher.name, proof: published.proof } as const;
  return {
    step: stepOf(change),
    artifact: artifactOf(change, version, published, source, chain),
    unpacking: { layout: source.publisher.layout, url, ...(lts === undefined ? {} : { lts }) },
  };
}

function artifactOf(
  { address, provider, name }: Change,
  version: string,
  { url, filename, sha256, size }: Pick<Published, "url" | "filename" | "sha256" | "size">,
  { publisher, machine }: Source,
  chain: Artifact["chain"],
): Artifact {
  const advisory = isRuntime(provider) ? advisoryOf(provider, version) : undefined;
  return {
    address,
    name,
    version,
    arch: machine.arch,
    sha256,
    ...(size === undefined ? {} : { size }),
    urls: url === "" ? [] : [url],
    filename,
    origin: publisher.origin,
    chain,
    role: "install",
    ...(advisory === undefined ? {} : { advisory }),
  };
}

function unpinned({ address, provider, name }: Change): Problem {
  return {
    code: "unpinned",
    address,
    message: `${provider} ${name} is not pinned for this platform, and no runtime is installed without its hash.`,
    hint: "`omg lock` pins it.",
  };
}

function withdrawn({ address, provider }: Change, version: string, { publisher }: Source): Problem {
  return {
    code: "no-such-version",
    address,
    message: `${publisher.name} lists no ${provider} ${version} for this machine.`,
    hint: `\`omg use ${provider} VERSION\` pins another one.`,
  };
}

function disagreeing(
  { address, provider }: Change,
  pinned: string,
  { filename, sha256, version }: Published,
  { publisher }: Source,
): Problem {
  return {
    code: "lock-index-disagree",
    address,
    message: `The lock pins SHA-256 ${pinned} for ${provider} ${version}, and ${publisher.name} names ${sha256} for ${filename}.`,
    hint: "One version with two archives means that somebody replaced it, at the publisher's or in the lock: find out who and why.",
  };
}
