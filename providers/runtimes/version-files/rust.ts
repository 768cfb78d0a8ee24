import { positionAt, sourceText } from "../../../schema/files/source-text.ts";
import { parseToml } from "../../../schema/files/toml-source.ts";
import { asks, type Entry, faulty } from "./entry.ts";

/** The rustup book, "Overrides", "channel": `<channel>[-<date>]`, without a host and without names of one's own. */
const CHANNEL =
  /^(?:stable|beta|nightly|\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:-beta(?:\.\d{1,3})?)?)(?:-\d{4}-\d{2}-\d{2})?$/;

/** The rustup book, "The toolchain file": a single line, in ASCII, is the channel itself; more are TOML. */
export function rustToolchain(text: string): Entry[] {
  const [only = "", ...more] = text.trimEnd().split(/\r?\n/);
  if (only.trim() === "" && more.length === 0) return [faulty("rust", 1, "it is empty")];
  return more.length > 0 || only.startsWith("[")
    ? rustToolchainToml(text)
    : [channel(only.replace(/^[ \t]+|[ \t]+$/g, ""), 1)];
}

/** `channel`, or the `path` of a toolchain; with neither, what it lists is for the default toolchain. */
export function rustToolchainToml(text: string): Entry[] {
  const source = sourceText("rust-toolchain.toml", text);
  const { parsed, problems } = { parsed: undefined, ...parseToml(source) };
  if (parsed === undefined) return [faulty("rust", problems[0]?.line ?? 1, "it is not TOML")];
  const table = (parsed.value as { readonly toolchain?: unknown }).toolchain;
  const line = (key: string) => positionAt(source, parsed.located.keyOffset(["toolchain", key])).line;
  if (typeof table !== "object" || table === null || Object.keys(table).length === 0)
    return [faulty("rust", 1, "it has nothing under [toolchain]")];
  const { channel: name, path } = table as { readonly channel?: unknown; readonly path?: unknown };
  if (name !== undefined && path !== undefined)
    return [faulty("rust", line("path"), "it has both a channel and a path")];
  if (path !== undefined) return [local(path, line("path"))];
  if (name === undefined) return [asks("rust", line(Object.keys(table)[0] ?? ""))];
  return [typeof name === "string" ? channel(name, line("channel")) : faulty("rust", line("channel"), NO_CHANNEL)];
}

const NO_CHANNEL = "that is no channel: stable, beta, nightly or a version, with a date at most";

function channel(name: string, line: number): Entry {
  return CHANNEL.test(name) ? asks("rust", line, name) : faulty("rust", line, NO_CHANNEL);
}

function local(path: unknown, line: number): Entry {
  if (typeof path !== "string" || !path.startsWith("/") || /\p{Cc}/u.test(path))
    return faulty("rust", line, "the path of a toolchain is absolute");
  return asks("rust", line, `path:${path}`);
}
