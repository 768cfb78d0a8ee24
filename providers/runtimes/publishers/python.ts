import { hashesIn } from "../../../host/checksum-list.ts";
import type { Candidate, VersionRequest } from "../../../schema/runtimes/request.ts";
import type { Asking } from "../asking.ts";
import { invalidIndex } from "../failures.ts";
import { type Machine, tripleOf } from "../machine.ts";
import type { Publisher } from "../publisher.ts";

const REPOSITORY = "astral-sh/python-build-standalone";

/** CPython as python-build-standalone builds it: a version has the build's date behind it, `3.12.7+20241016`. */
export const python: Publisher = {
  name: "python-build-standalone",
  origin: "python-build-standalone",
  mirror: `https://github.com/${REPOSITORY}/releases/download`,
  index: () => `https://raw.githubusercontent.com/${REPOSITORY}/latest-release/latest-release.json`,
  layout: { format: "tar.gz", strip: 1 },
  versions: async (ask, machine, request) => {
    const build = buildIn(request) ?? (await newestBuild(ask));
    return versionsIn(await listOf(ask, build), machine);
  },
  published: async (ask, machine, version) => {
    const [, build] = version.split("+");
    if (build === undefined || !/^\d{8}$/.test(build)) return undefined;
    const filename = fileOf(version, machine);
    const [sha256] = (await listOf(ask, build)).get(filename) ?? [];
    if (sha256 === undefined) return undefined;
    const bundles = await ask.attestations(REPOSITORY, sha256);
    const proof = { type: "attested", repository: `https://github.com/${REPOSITORY}`, bundles } as const;
    return { version, url: `${ask.mirror}/${build}/${filename.replace("+", "%2B")}`, filename, sha256, proof };
  },
};

/** Only the newest build is listed; an earlier one has to be named. */
function buildIn(request: VersionRequest | undefined): string | undefined {
  return request?.type === "version" ? /\+(\d{8})$/.exec(request.text)?.[1] : undefined;
}

async function newestBuild(ask: Asking): Promise<string> {
  const { tag } = ((await ask.list(ask.index)) ?? {}) as { readonly tag?: unknown };
  if (typeof tag === "string" && /^\d{8}$/.test(tag)) return tag;
  throw invalidIndex(ask.index, "it names no release");
}

async function listOf(ask: Asking, build: string): Promise<ReturnType<typeof hashesIn>> {
  const { bytes } = await ask.proof(`${ask.mirror}/${build}/SHA256SUMS`, "the list of hashes");
  return hashesIn(bytes.toString("utf8"));
}

function fileOf(version: string, machine: Machine): string {
  return `cpython-${version}-${tripleOf(machine)}-install_only_stripped.tar.gz`;
}

function versionsIn(list: ReturnType<typeof hashesIn>, machine: Machine): readonly Candidate[] {
  return [...list.keys()].flatMap((name) => {
    const [, version] = /^cpython-(\d+\.\d+\.\d+[a-z0-9]*\+\d{8})-/.exec(name) ?? [];
    return version !== undefined && name === fileOf(version, machine) ? [{ version }] : [];
  });
}
