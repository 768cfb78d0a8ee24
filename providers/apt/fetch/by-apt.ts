import { readdirSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { withoutCredentials } from "../../../host/address.ts";
import { diskFullOr } from "../../../host/disk.ts";
import { downloadInterrupted } from "../../../host/download-error.ts";
import { run } from "../../../host/run.ts";
import { stripControls } from "../../../host/text.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { AptConfig } from "../machine/config.ts";
import { qualified } from "../names.ts";
import { withScratch } from "../solve/scratch.ts";

/**
 * Lets apt itself fetch one package into a private folder, with whatever method its source names, and copies it to `path`.
 * @returns its bytes' number
 * @throws OmgError `artifact-unreachable` in apt's own words, `interrupted`, `disk-full`
 */
export async function fetchByApt(
  artifact: Artifact,
  path: string,
  config: AptConfig,
  scratch: string,
  signal: AbortSignal,
): Promise<void> {
  await withScratch(scratch, async (folder) => {
    // As omg's own fetcher: no slower than about a thousand bytes a second, with a quarter of an hour for everything else.
    const timeoutMs = 900_000 + (artifact.size ?? 0);
    // The sandbox user could not enter the folder, which is this user's alone.
    const args = ["-q", "-oAPT::Sandbox::User=root", "download", `${qualified(artifact.name)}=${artifact.version}`];
    const { code, stderr, stopped } = await run("/usr/bin/apt-get", args, {
      env: config.env,
      cwd: folder,
      signal,
      timeoutMs,
    });
    if (stopped === "aborted") throw downloadInterrupted(signal.reason);
    if (stopped === "timeout") throw notDelivered(artifact, `E: It came too slowly: ended after ${timeoutMs} ms`);
    const [file] = readdirSync(folder).filter((name) => name.endsWith(".deb"));
    if (code !== 0 || file === undefined) throw notDelivered(artifact, stderr);
    await copyFile(join(folder, file), path).catch((error: unknown) => {
      throw diskFullOr(error, path);
    });
  });
}

function notDelivered({ address, version }: Artifact, stderr: string): OmgError {
  const lines = stderr.split("\n").filter((line) => /^[EW]:/.test(line));
  return new OmgError({
    code: "artifact-unreachable",
    exit: "unreachable",
    message: `apt could not fetch ${address} ${version}.`,
    state: "Nothing was changed.",
    hint: "Check the network and the sources, then run the command again.",
    details: lines.map((line) => stripControls(line.split(" ").map(withoutCredentials).join(" "))),
  });
}
