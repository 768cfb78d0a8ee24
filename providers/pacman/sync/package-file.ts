import { existsSync } from "node:fs";
import { CLEAN_ENV, run } from "../../../host/run.ts";
import { descFromInfo, type StatedPackage } from "./pkginfo.ts";

const BSDTAR = "/usr/bin/bsdtar";

/** What a package's file says of itself (.PKGINFO); undefined where it cannot be read. Nothing else of it is unpacked. */
export async function describedFile(
  path: string,
  file: { readonly filename: string; readonly signature?: string },
): Promise<StatedPackage | undefined> {
  if (!existsSync(BSDTAR)) return undefined;
  const { code, stdout } = await run(BSDTAR, ["-xOqf", path, ".PKGINFO"], { env: CLEAN_ENV, timeoutMs: 60_000 });
  return code === 0 ? descFromInfo(stdout, file) : undefined;
}
