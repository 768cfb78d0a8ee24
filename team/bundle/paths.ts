import { headerFor } from "../../host/tar-header.ts";
import type { BundleFile } from "../../schema/wire/bundle-schema.ts";

/** Where artifacts lie in a bundle, each under its own hash. */
export const ARTIFACTS = "artifacts/sha256/";

/** What a person can read in a listing and no file system takes for something else. */
const SEGMENT = /^[A-Za-z0-9._@+=,~ -]+$/;
/** Of one file that people write, and of all of them. Bytes. */
const LARGEST_TEXT = 4 << 20;
const MOST_TEXT = 64 << 20;
/** Of everything. Bytes. */
const MOST = 64 * 2 ** 30;

export function isArtifact({ path }: Pick<BundleFile, "path">): boolean {
  return path.startsWith(ARTIFACTS);
}

/**
 * What is wrong with a list of files, or undefined. Names that two file systems could take for different places, or one for the same, are
 * wrong wherever they come from. Pure.
 */
export function faultOfFiles(files: readonly BundleFile[]): string | undefined {
  const seen = new Set<string>();
  let [all, text] = [0, 0];
  let last = "";
  for (const file of files) {
    const { path, size } = file;
    const fault = faultOfPath(file) ?? (path <= last ? `${path} is not in its place` : undefined);
    if (fault !== undefined) return fault;
    last = path;
    seen.add(path.toLowerCase());
    all += size;
    if (!isArtifact(file)) text += size;
    if (!isArtifact(file) && size > LARGEST_TEXT) return `${path} is larger than ${LARGEST_TEXT} bytes`;
  }
  if (seen.size < files.length) return "two names differ by upper and lower case alone";
  const inside = [...seen].find((path) => foldersOf(path).some((folder) => seen.has(folder)));
  if (inside !== undefined) return `${inside} lies in what is a file`;
  return text > MOST_TEXT || all > MOST ? "it is larger than any bundle may be" : undefined;
}

/** What is wrong with one name in a bundle, or undefined. Pure. */
function faultOfPath({ path, sha256, size }: BundleFile): string | undefined {
  const segments = path.split("/");
  const [top = ""] = segments;
  if (path === "" || path.length > 200) return `${JSON.stringify(path.slice(0, 40))} is too short or too long a name`;
  if (!segments.every(isSegment)) return `${JSON.stringify(path)} is no name for a file of a bundle`;
  if (top.startsWith(".") && (top !== ".omg" || segments.length === 1)) return `${path} is hidden`;
  if (top.toLowerCase() === "artifacts")
    return path === `${ARTIFACTS}${sha256}` ? undefined : `${path} is not where an artifact lies`;
  try {
    headerFor(path, size);
    return undefined;
  } catch {
    return `${path} is too long a name`;
  }
}

function isSegment(segment: string): boolean {
  const plain = SEGMENT.test(segment) && segment.trim() === segment && !segment.endsWith(".");
  return plain && segment.length <= 100 && segment.toLowerCase() !== ".git";
}

function foldersOf(path: string): readonly string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("/"));
}
