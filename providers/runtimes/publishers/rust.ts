import { hashesIn } from "../../../host/checksum-list.ts";
import { sha256 } from "../../../host/digest.ts";
import type { Candidate, VersionRequest } from "../../../schema/runtimes/request.ts";
import type { Asking } from "../asking.ts";
import { invalidIndex } from "../failures.ts";
import type { PublishedKeys } from "../keys.ts";
import { type Machine, tripleOf } from "../machine.ts";
import type { Publisher } from "../publisher.ts";

/** https://static.rust-lang.org/rust-key.gpg.ascii */
const KEYS: PublishedKeys = {
  address: "https://static.rust-lang.org/rust-key.gpg.ascii",
  fingerprints: ["108F66205EAEB0AAA8DD5E1C85AB96E6FA1BE5FE"],
};

/**
 * https://static.rust-lang.org/dist: a channel's manifest names the archives, and is signed. omg takes the one that has all
 * components, each a folder in it, and lays them over one another; the documentation stays out.
 */
export const rust: Publisher = {
  name: "Rust",
  origin: "rust-lang.org",
  mirror: "https://static.rust-lang.org/dist",
  index: ({ mirror }) => `${mirror.replace(/\/dist$/, "")}/manifests.txt`,
  layout: {
    format: "tar.xz",
    strip: 2,
    without: ["rust-docs*", "*/manifest.in", "*/share/doc/*"],
  },
  versions: async (ask, _machine, request) =>
    request?.type === "channel" ? ofChannel(ask, request) : versionsIn(await ask.listText(ask.index)),
  published: async (ask, machine, version) => {
    const address = manifestOf(ask, version);
    if (address === undefined) return undefined;
    const manifest = await ask.proof(address, "the channel's manifest");
    const named = await ask.proof(`${address}.sha256`, "the hash of the channel's manifest");
    const signature = await ask.proof(`${address}.asc`, "the signature over the channel's manifest");
    requireSame(address, manifest.bytes, named.bytes.toString("utf8"));
    const text = manifest.bytes.toString("utf8");
    const place = archiveIn(text, machine);
    const filename = place?.slice(place.lastIndexOf("/") + 1) ?? "";
    const [hash] = hashesIn(text).get(filename) ?? [];
    if (place === undefined || hash === undefined) return undefined;
    const proof = {
      type: "signed-list",
      list: manifest.path,
      signature: signature.path,
      keys: await ask.keys(KEYS),
    } as const;
    return { version, url: `${ask.mirror}/${place}`, filename, sha256: hash, proof };
  },
};

/** The manifest of a version, or of a channel on a day: `nightly-2026-11-01`. */
function manifestOf({ mirror }: Asking, version: string): string | undefined {
  const [, channel, date] = /^(beta|nightly)-(\d{4}-\d{2}-\d{2})$/.exec(version) ?? [];
  if (channel !== undefined) return `${mirror}/${date}/channel-rust-${channel}.toml`;
  return /^\d+\.\d+\.\d+$/.test(version) ? `${mirror}/channel-rust-${version}.toml` : undefined;
}

/** What a channel is now, by its own manifest: the list of all manifests is not signed, and may lag behind. */
async function ofChannel(
  ask: Asking,
  { channel, date }: Extract<VersionRequest, { type: "channel" }>,
): Promise<readonly Candidate[]> {
  const address = `${ask.mirror}${date === undefined ? "" : `/${date}`}/channel-rust-${channel}.toml`;
  const text = await ask.listText(address);
  const [, day] = /^date = "(\d{4}-\d{2}-\d{2})"$/m.exec(text) ?? [];
  const [, number] = /^\[pkg\.rust\]\nversion = "(\d+\.\d+\.\d+)[ -]/m.exec(text) ?? [];
  if (day === undefined || number === undefined) throw invalidIndex(address, "it is no manifest of a channel");
  return [{ version: channel === "stable" && date === undefined ? number : `${channel}-${day}` }];
}

/** Addresses of manifests, one a line: `static.rust-lang.org/dist/2024-07-25/channel-rust-1.80.0.toml`. */
function versionsIn(text: string): readonly Candidate[] {
  const found = [...text.matchAll(/\/(\d{4}-\d{2}-\d{2})\/channel-rust-(\d+\.\d+\.\d+|beta|nightly)\.toml$/gm)];
  const names = found.map(([, date, name = ""]) => (/^\d/.test(name) ? name : `${name}-${date}`));
  return [...new Set(names)].map((version) => ({ version }));
}

/** Path below the mirror of the archive with everything in it. */
function archiveIn(manifest: string, machine: Machine): string | undefined {
  const section = `[pkg.rust.target.${tripleOf(machine)}]\n`;
  const start = manifest.indexOf(section);
  if (start < 0) return undefined;
  const body = manifest.slice(start + section.length).split(/^\[/m)[0] ?? "";
  const [, place] =
    /^xz_url = "https?:\/\/[^/"]+\/dist\/(\d{4}-\d{2}-\d{2}\/rust-[\w.-]+\.tar\.xz)"$/m.exec(body) ?? [];
  return place;
}

function requireSame(address: string, bytes: Buffer, list: string): void {
  const [wanted] = /^[0-9a-f]{64}/.exec(list) ?? [];
  const found = sha256(bytes);
  if (found !== wanted)
    throw invalidIndex(address, `it has the SHA-256 ${found}, and ${wanted ?? "nothing"} is named beside it`);
}
