import { hashesIn } from "../../../host/checksum-list.ts";
import type { PublisherProof } from "../../../schema/model/artifact.ts";
import type { Asking } from "../asking.ts";
import { invalidIndex } from "../failures.ts";
import type { PublishedKeys } from "../keys.ts";
import type { Machine } from "../machine.ts";
import type { Publisher } from "../publisher.ts";

/** https://github.com/nodejs/node#release-keys: who makes releases, and who made them. */
const KEYS: PublishedKeys = {
  address: "https://raw.githubusercontent.com/nodejs/release-keys/HEAD/keys/{fingerprint}.asc",
  fingerprints: [
    "5BE8A3F6C8A5C01D106C0AD820B1A390B168D356",
    "DD792F5973C6DE52C432CBDAC77ABFA00DDBF2B7",
    "CC68F5A3106FF448322E48ED27F5E38D5B0A215F",
    "8FCCA13FEF1D0C2E91008E09770F7A9A5AE15600",
    "890C08DB8579162FEE0DF9DB8BEAB4DFCF555EF4",
    "C82FA3AE1CBEDC6BE46B9360C43CEC45C17AB93C",
    "108F52B48DB57BB0CC439B2997B01419BD92F80A",
    "655F3B5C1FB3FA8D1A0CA6BDE4A7D232B936D2FD",
    "A363A499291CBBC940DD62E41F10027AF002F8B0",
  ],
};

/** https://nodejs.org/dist/index.json */
interface Release {
  readonly version: string;
  readonly lts: string | false;
  readonly files: readonly string[];
}

const official: Publisher = {
  name: "Node.js",
  origin: "nodejs.org",
  mirror: "https://nodejs.org/dist",
  index: ({ mirror }) => `${mirror}/index.json`,
  layout: { format: "tar.gz", strip: 1, without: ["CHANGELOG.md", "README.md"] },
  versions: async (ask, machine) => {
    const list = await ask.list(ask.index);
    if (!Array.isArray(list)) throw invalidIndex(ask.index, "it is no list of versions");
    return list.filter(isRelease).flatMap(({ version, lts, files }) => {
      if (!files.includes(platformOf(machine))) return [];
      return [{ version: version.slice(1), ...(lts === false ? {} : { lts: lts.toLowerCase() }) }];
    });
  },
  published: async (ask, machine, version) => {
    const filename = `node-v${version}-${platformOf(machine)}.tar.gz`;
    const folder = `${ask.mirror}/v${version}`;
    const { text, proof } = await (machine.libc === "glibc" ? signedList : plainList)(ask, folder);
    const [sha256] = hashesIn(text).get(filename) ?? [];
    if (sha256 === undefined) return undefined;
    // What line it is of is worth knowing, and no reason to fail.
    const listed = await official.versions(ask, machine).catch(() => []);
    const lts = listed.find((each) => each.version === version)?.lts;
    return { version, url: `${folder}/${filename}`, filename, sha256, proof, ...(lts === undefined ? {} : { lts }) };
  },
};

/** The builds for musl are made apart, and nobody signs them. */
export function nodePublisher({ libc }: Pick<Machine, "libc">): Publisher {
  if (libc === "glibc") return official;
  return {
    ...official,
    name: "Node.js unofficial builds",
    origin: "unofficial-builds.nodejs.org",
    mirror: "https://unofficial-builds.nodejs.org/download/release",
  };
}

function platformOf({ arch, libc }: Machine): string {
  return `linux-${arch}${libc === "musl" ? "-musl" : ""}`;
}

type List = { readonly text: string; readonly proof: PublisherProof };

/** Signed in itself, or by a signature beside it: releases have both. */
async function signedList(ask: Asking, folder: string): Promise<List> {
  const keys = await ask.keys(KEYS);
  const whole = await ask.proofIfAny(`${folder}/SHASUMS256.txt.asc`, "the signed list of hashes");
  if (whole !== undefined)
    return { text: whole.bytes.toString("utf8"), proof: { type: "signed-list", list: whole.path, keys } };
  const list = await ask.proof(`${folder}/SHASUMS256.txt`, "the list of hashes");
  const signature = await ask.proof(`${folder}/SHASUMS256.txt.sig`, "the signature over the list of hashes");
  return {
    text: list.bytes.toString("utf8"),
    proof: { type: "signed-list", list: list.path, signature: signature.path, keys },
  };
}

async function plainList(ask: Asking, folder: string): Promise<List> {
  const { bytes } = await ask.proof(`${folder}/SHASUMS256.txt`, "the list of hashes");
  return { text: bytes.toString("utf8"), proof: { type: "unsigned" } };
}

function isRelease(value: unknown): value is Release {
  const { version, lts, files } = (value ?? {}) as Partial<Record<keyof Release, unknown>>;
  return (
    typeof version === "string" &&
    /^v\d+\.\d+\.\d+$/.test(version) &&
    (lts === false || (typeof lts === "string" && /^[A-Za-z]{1,40}$/.test(lts))) &&
    Array.isArray(files)
  );
}
