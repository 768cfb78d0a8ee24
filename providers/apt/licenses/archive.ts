import { spawn } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { CLEAN_ENV } from "../../../host/run.ts";
import { findInTar, type TarEntry } from "../../../host/tar.ts";
import { OmgError } from "../../../schema/error.ts";
import { MAX_COPYRIGHT } from "./copyright.ts";
import { type Documented, documentedBy } from "./documents.ts";

/** How long one package may take to unpack as far as its copyright file. Milliseconds: gigabytes take less. */
const TIMEOUT_MS = 180_000;

/**
 * What a .deb has as its copyright file, read out of its bytes by dpkg-deb and unpacked nowhere.
 * @throws OmgError `archive-damaged` where dpkg-deb or this program cannot read it; those of `run` where dpkg-deb is missing
 */
export async function documentedInArchive(dpkgDeb: string, path: string, name: string): Promise<Documented> {
  const folder = `usr/share/doc/${name}`;
  const places = new Set([folder, `${folder}/copyright`, `${folder}/copyright.gz`]);
  // A package's own folder is an entry too; only where it is a link does it say anything.
  const plain = (entry: string) => entry.replace(/^\.?\//, "").replace(/\/$/, "");
  const wanted = (entry: string) => places.has(plain(entry)) && !entry.endsWith("/");
  const entry = await firstEntry(dpkgDeb, path, wanted);
  return entry === undefined ? { type: "missing" } : documentOf(entry, plain(entry.name));
}

function documentOf(entry: TarEntry, place: string): Documented {
  if (entry.type === "symbolic link") return documentedBy(`/${place}`, entry.target);
  // dpkg-deb packs the second name of a file as a link to its first.
  if (entry.type !== "file") return { type: "elsewhere", target: entry.target };
  return { type: "text", read: () => (place.endsWith(".gz") ? unpacked(entry.content) : entry.content) };
}

/** @throws OmgError `archive-damaged` */
export function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_COPYRIGHT });
  } catch (cause) {
    throw new OmgError({
      code: "archive-damaged",
      exit: "error",
      message: `The copyright file cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}.`,
      cause,
    });
  }
}

async function firstEntry(
  dpkgDeb: string,
  path: string,
  wanted: (name: string) => boolean,
): Promise<TarEntry | undefined> {
  const child = spawn(dpkgDeb, ["--fsys-tarfile", path], {
    env: CLEAN_ENV,
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(0, 2048);
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  try {
    const found = await findInTar(child.stdout, wanted, MAX_COPYRIGHT);
    if (found !== undefined) return found;
    // The end of a stream is only the end of the archive where the program says so.
    const code = await ended;
    if (code !== 0) throw unreadable(path, said.trim() || `dpkg-deb ended with ${code}`);
    return undefined;
  } finally {
    child.kill();
    child.stdout.destroy();
  }
}

function unreadable(path: string, reason: string): OmgError {
  return new OmgError({ code: "archive-damaged", exit: "error", message: `${path} cannot be unpacked: ${reason}.` });
}
