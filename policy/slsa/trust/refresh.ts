import { chmodSync, cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Fetcher } from "tuf-js";
import { FetchFailure } from "../../../host/fetch-failure.ts";
import { makeFolder, syncFolder } from "../../../host/files.ts";
import { environmentRouting } from "../../../host/proxy.ts";
import { smallFile } from "../../../host/small-file.ts";
import { FILES, readKept, walkRoots } from "./kept.ts";

export interface RefreshOptions {
  /** Address of the TUF repository. */
  readonly address: string;
  /** The TUF root to begin with. */
  readonly root: Buffer;
  /** Where what comes is kept. */
  readonly folder: string;
  readonly mode: number;
  readonly signal: AbortSignal;
}

const MAX_ROOT = 512_000;
const PATIENCE = { connectMs: 15_000, stallMs: 15_000, retries: 2, backoffMs: 500 };

/**
 * Brings the trust root up to date by the client workflow of The Update Framework: signatures from the initial root on, no older
 * versions than before, nothing expired. What was kept before stays as it is unless all of it succeeds.
 * @throws FetchFailure where the address does not deliver; Error where what it delivers does not verify
 */
export async function refreshTrust(options: RefreshOptions): Promise<void> {
  const { folder, root, mode } = options;
  makeFolder(dirname(folder), mode);
  const fresh = mkdtempSync(join(dirname(folder), `.${basename(folder)}-`));
  try {
    for (const name of [FILES.timestamp, FILES.snapshot, FILES.targets])
      if (existsSync(join(folder, name))) cpSync(join(folder, name), join(fresh, name));
    writeFileSync(join(fresh, "root.json"), root);
    await update(fresh, options);
    rmSync(join(fresh, "root.json"));
    if ((await readKept(fresh, root)) === undefined) throw new Error("the repository has no trust root");
    replace(fresh, folder, mode);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function update(fresh: string, { root, signal, ...options }: RefreshOptions): Promise<void> {
  const { Updater } = await import("tuf-js");
  const address = options.address.replace(/\/+$/, "");
  const fetch = (url: string, maxBytes: number) =>
    smallFile(url, { ...PATIENCE, maxBytes, routing: environmentRouting(process.env), signal });
  const { bytes } = await walkRoots(root, async (name) => {
    const found = await fetch(`${address}/${name}`, MAX_ROOT).catch(orAbsent);
    if (found !== undefined) writeFileSync(join(fresh, name), found);
    return found;
  });
  writeFileSync(join(fresh, "root.json"), bytes);
  const failures: FetchFailure[] = [];
  const updater = new Updater({
    metadataDir: fresh,
    metadataBaseUrl: address,
    targetDir: fresh,
    targetBaseUrl: `${address}/targets`,
    fetcher: fetcherInto(fresh, fetch, (failure) => failures.push(failure)),
    config: { maxRootRotations: 0 }, // they were walked above, within our limits
  });
  try {
    await updater.refresh();
    const target = await updater.getTargetInfo(FILES.target);
    if (target === undefined) throw new Error(`the repository lists no ${FILES.target}`);
    await updater.downloadTarget(target, join(fresh, FILES.target));
  } catch (cause) {
    throw failures.at(-1) ?? cause; // the library wraps some of them in errors of its own
  }
}

/** "No newer root" is what a repository says with 404, and some stores with 403. */
function orAbsent(cause: unknown): undefined {
  if (cause instanceof FetchFailure && (cause.isAbsent || cause.answer?.status === 403)) return undefined;
  throw cause;
}

/** Fetches as omg does, and never into a folder for temporary files that others share. */
function fetcherInto(
  folder: string,
  fetch: (url: string, maxBytes: number) => Promise<Buffer>,
  onFailure: (failure: FetchFailure) => void,
): Fetcher {
  const downloadBytes: Fetcher["downloadBytes"] = (url, maxBytes) =>
    fetch(url, maxBytes).catch((cause: unknown) => {
      if (cause instanceof FetchFailure) onFailure(cause);
      throw cause;
    });
  return {
    downloadBytes,
    downloadFile: async (url, maxBytes, handle) => {
      const path = join(folder, ".part");
      writeFileSync(path, await downloadBytes(url, maxBytes));
      try {
        return await handle(path);
      } finally {
        rmSync(path);
      }
    },
  };
}

function replace(fresh: string, folder: string, mode: number): void {
  chmodSync(fresh, mode);
  const old = `${fresh}.old`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(fresh, folder);
  rmSync(old, { recursive: true, force: true });
  syncFolder(dirname(folder));
}
