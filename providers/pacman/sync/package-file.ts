import { existsSync } from "node:fs";
import { CLEAN_ENV, run } from "../../../host/run.ts";
import { asWorker } from "../../../host/worker.ts";
import type { PackageDesc } from "../desc.ts";
import { descFromInfo } from "./pkginfo.ts";

const BSDTAR = "/usr/bin/bsdtar";

/**
 * What a package's file says of itself, in the form of a database's description; undefined where it cannot be read. `trusted`: whether its
 * bytes may be looked into with this process' own rights.
 */
export async function describedFile(
  path: string,
  file: { readonly filename: string; readonly signature?: string },
  trusted: boolean,
): Promise<(PackageDesc & { readonly text: string }) | undefined> {
  if (!existsSync(BSDTAR)) return undefined;
  const { code, stdout } = await run(BSDTAR, ["-xOqf", path, ".PKGINFO"], {
    env: CLEAN_ENV,
    timeoutMs: 60_000,
    ...(trusted ? {} : asWorker()),
  });
  return code === 0 ? descFromInfo(stdout, file) : undefined;
}
