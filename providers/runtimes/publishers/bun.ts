import { hashesIn } from "../../../host/checksum-list.ts";
import type { PublishedKeys } from "../keys.ts";
import type { Machine } from "../machine.ts";
import type { Publisher } from "../publisher.ts";
import { githubReleases } from "./github.ts";

/** https://github.com/oven-sh/bun/blob/main/packages/bun-release: who signs the hashes. */
const KEYS: PublishedKeys = {
  address: "https://keys.openpgp.org/vks/v1/by-fingerprint/{fingerprint}",
  fingerprints: ["F3DCC08A8572C0749B3E18888EAB4D40A7B22B59"],
};
const REPOSITORY = "oven-sh/bun";

export const bun: Publisher = {
  name: "Bun",
  origin: "oven-sh/bun",
  mirror: `https://github.com/${REPOSITORY}/releases/download`,
  index: ({ github }) => `${github}/repos/${REPOSITORY}/releases?per_page=100`,
  layout: { format: "zip", strip: 1, into: "bin", links: { "bin/bunx": "bun" } },
  versions: async (ask, machine) =>
    (await githubReleases(ask)).flatMap(({ tag, assets }) => {
      const [, version] = /^bun-v(\d+\.\d+\.\d+)$/.exec(tag) ?? [];
      const has = assets.some(({ name }) => filesFor(machine).includes(name));
      return version === undefined || !has ? [] : [{ version }];
    }),
  published: async (ask, machine, version, pinned) => {
    const folder = `${ask.mirror}/bun-v${version}`;
    const { path, bytes } = await ask.proof(`${folder}/SHASUMS256.txt.asc`, "the signed list of hashes");
    const listed = hashesIn(bytes.toString("utf8"));
    const offered = filesFor(machine).flatMap((filename) =>
      [...(listed.get(filename) ?? [])].map((sha256) => ({ filename, sha256 })),
    );
    // A lock is for all machines of a platform: the build that it pins counts, not the one that fits this processor best.
    const found = offered.find(({ sha256 }) => sha256 === pinned) ?? offered[0];
    if (found === undefined) return undefined;
    const proof = { type: "signed-list", list: path, keys: await ask.keys(KEYS) } as const;
    return { version, url: `${folder}/${found.filename}`, ...found, proof };
  },
};

/** The best first. */
function filesFor({ arch, libc, avx2 }: Machine): readonly string[] {
  const stem = `bun-linux-${arch === "x64" ? "x64" : "aarch64"}${libc === "musl" ? "-musl" : ""}`;
  const plain = `${stem}.zip`;
  if (arch === "arm64") return [plain];
  return avx2 ? [plain, `${stem}-baseline.zip`] : [`${stem}-baseline.zip`, plain];
}
