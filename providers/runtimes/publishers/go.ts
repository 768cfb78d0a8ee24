import type { Asking } from "../asking.ts";
import { invalidIndex } from "../failures.ts";
import type { PublishedKeys } from "../keys.ts";
import type { Machine } from "../machine.ts";
import type { Publisher } from "../publisher.ts";

/** https://www.google.com/linuxrepositories/: the key that Google signs its packages for Linux with, and Go's archives. */
const KEYS: PublishedKeys = {
  address: "https://dl.google.com/linux/linux_signing_key.pub",
  fingerprints: ["EB4C1BFD4F042F6DDDCCEC917721F63BD38B4796"],
};

interface Release {
  readonly version: string;
  readonly filename: string;
  readonly sha256: string;
  readonly size: number;
}

/** https://go.dev/dl: every archive is signed by itself. */
export const go: Publisher = {
  name: "Go",
  origin: "go.dev",
  mirror: "https://go.dev/dl",
  index: ({ mirror }) => `${mirror}/?mode=json&include=all`,
  layout: { format: "tar.gz", strip: 1 },
  versions: releases,
  published: async (ask, machine, version) => {
    const found = (await releases(ask, machine)).find((each) => each.version === version);
    if (found === undefined) return undefined;
    const { filename, sha256, size } = found;
    const url = `${ask.mirror}/${filename}`;
    const { path } = await ask.proof(`${url}.asc`, "the signature over the archive");
    const proof = { type: "signed", signature: path, keys: await ask.keys(KEYS) } as const;
    return { version, url, filename, sha256, size, proof };
  },
};

async function releases(ask: Asking, { arch }: Machine): Promise<readonly Release[]> {
  const list = await ask.list(ask.index);
  if (!Array.isArray(list)) throw invalidIndex(ask.index, "it is no list of versions");
  const wanted = arch === "x64" ? "amd64" : "arm64";
  return list.flatMap((release: { readonly files?: unknown } | null) =>
    Array.isArray(release?.files) ? release.files.flatMap((file) => archiveIn(file, wanted)) : [],
  );
}

function archiveIn(file: unknown, wanted: string): readonly Release[] {
  const { filename, os, arch, version, sha256, size, kind } = (file ?? {}) as Readonly<Record<string, unknown>>;
  const isOurs = os === "linux" && arch === wanted && kind === "archive";
  if (!isOurs || typeof filename !== "string" || typeof version !== "string" || typeof sha256 !== "string") return [];
  const [, number] = /^go(\d+(?:\.\d+)*(?:(?:rc|beta)\d+)?)$/.exec(version) ?? [];
  const isSound = /^go[\w.-]+\.tar\.gz$/.test(filename) && /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(size);
  return number !== undefined && isSound ? [{ version: number, filename, sha256, size: Number(size) }] : [];
}
