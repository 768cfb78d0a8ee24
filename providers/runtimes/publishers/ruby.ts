import type { Machine } from "../machine.ts";
import type { Publisher } from "../publisher.ts";
import { type GithubRelease, githubReleases } from "./github.ts";

const REPOSITORY = "jdx/ruby";

/** Ruby, built to be put anywhere: a release is a version with the number of its build behind it, `3.4.1-1`. */
export const ruby: Publisher = {
  name: "jdx/ruby",
  origin: "jdx/ruby",
  mirror: `https://github.com/${REPOSITORY}/releases/download`,
  index: ({ github }) => `${github}/repos/${REPOSITORY}/releases?per_page=100`,
  layout: { format: "tar.gz", strip: 1 },
  versions: async (ask, machine) =>
    (await githubReleases(ask)).flatMap((release) =>
      assetOf(release, machine) === undefined ? [] : [{ version: release.tag }],
    ),
  published: async (ask, machine, version) => {
    const release = (await githubReleases(ask)).find(({ tag }) => tag === version);
    const asset = release && assetOf(release, machine);
    if (asset?.sha256 === undefined) return undefined;
    const bundles = await ask.attestations(REPOSITORY, asset.sha256);
    return {
      version,
      url: `${ask.mirror}/${version}/${asset.name}`,
      filename: asset.name,
      sha256: asset.sha256,
      ...(asset.size === undefined ? {} : { size: asset.size }),
      proof: { type: "attested", repository: `https://github.com/${REPOSITORY}`, bundles },
    };
  },
};

/** Only for glibc; a release without a digest says nothing that could be pinned. */
function assetOf({ tag, assets }: GithubRelease, { arch, libc }: Machine): GithubRelease["assets"][number] | undefined {
  const [, number] = /^(\d+\.\d+\.\d+(?:-(?:preview|rc)\d+)?)(?:-\d+)?$/.exec(tag) ?? [];
  if (number === undefined || libc === "musl") return undefined;
  const name = `ruby-${number}.${arch === "x64" ? "x86_64" : "arm64"}_linux.tar.gz`;
  return assets.find((asset) => asset.name === name && asset.sha256 !== undefined);
}
