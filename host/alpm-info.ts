import { existsSync } from "node:fs";
import { CLEAN_ENV, type RunOptions, run } from "./run.ts";

const BSDTAR = "/usr/bin/bsdtar";
/** A description has a few kilobytes. Bytes. */
const MAX_INFO = 1 << 20;

/** What a package of pacman says of itself, its `.PKGINFO` (alpm-pkginfo(5)); or why that cannot be read. */
export type AlpmInfo = { readonly text: string } | { readonly reason: string };

/** Reads no further than the description lies. `how`: whom to read it as, where nobody has vouched for the file. */
export async function readAlpmInfo(file: string, how: Pick<RunOptions, "as"> = {}): Promise<AlpmInfo> {
  if (!existsSync(BSDTAR)) return { reason: `there is no ${BSDTAR} (libarchive)` };
  const options = { env: CLEAN_ENV, timeoutMs: 60_000, maxOutputBytes: MAX_INFO, ...how };
  const { code, stdout, stderr } = await run(BSDTAR, ["-xOqf", file, ".PKGINFO"], options);
  return code === 0 ? { text: stdout } : { reason: stderr.trim().split("\n").at(-1) ?? "" };
}

/** All values of a field, in their order. Pure. */
export function alpmInfoValues(text: string, field: string): readonly string[] {
  const start = `${field} = `;
  return text.split("\n").flatMap((line) => (line.startsWith(start) ? [line.slice(start.length).trim()] : []));
}
