import { asks, type Entry, faulty, isVersion, toolNamed } from "./entry.ts";

/** What lines of .tool-versions and values of mise.toml ask for, several of them as fallbacks. */
export function scoped(name: string, words: readonly string[], line: number, folder: string): Entry {
  const tool = toolNamed(name.replace(/^core:/, ""));
  const requests = words.map((word) => scopedRequest(tool, word, folder));
  const wrong = requests.indexOf(undefined);
  if (requests.length === 0) return faulty(tool, line, "it names no version");
  if (wrong >= 0) return faulty(tool, line, `"${words[wrong]}" is not a version`);
  return asks(tool, line, ...requests.filter((request) => request !== undefined));
}

/**
 * asdf, "Configuration", `.tool-versions`: a version, `ref:`, `path:`, `system`, `latest` and `latest:PREFIX`. mise,
 * "Configuration", "Scopes": `prefix:` and `sub-N:`, too; what `sub-` takes away is known only where the list of versions is.
 */
function scopedRequest(tool: string, word: string, folder: string): string | undefined {
  const [, scope = "", rest = ""] = /^([a-z]+(?:-[\d.]+)?):(.*)$/s.exec(word) ?? [];
  if (scope === "path") return pathRequest(rest, folder);
  if (scope === "ref" || scope === "tag" || scope === "branch" || scope === "rev")
    return /^[A-Za-z0-9][A-Za-z0-9._/+-]{0,127}$/.test(rest) && !rest.includes("..") ? `ref:${rest}` : undefined;
  if (scope === "prefix" || scope === "latest") return isVersion(rest) ? rest : undefined;
  if (scope.startsWith("sub-")) return isVersion(rest) ? word : undefined;
  if (scope !== "") return undefined;
  if (/^lts(?:[/-][a-z]+|\/\*)?$/.test(word)) return word === "lts/*" ? "lts" : word.replace("-", "/");
  const version = tool === "java" ? temurin(word) : word.replace(/^v(?=\d)/, "");
  return isVersion(version) ? version : undefined;
}

/** asdf-java names Adoptium's builds with their vendor and the field that marks a line of long-term support. */
function temurin(word: string): string {
  return word.replace(/^(?:temurin|adoptopenjdk)-(\d.*?)(?:(?:\.\d+)?\.LTS)?$/, "$1");
}

/** `~` is the user's home, which nobody here knows: whoever looks for the tool puts it in. */
function pathRequest(path: string, folder: string): string | undefined {
  if (path === "" || /\p{Cc}/u.test(path) || path.length > 4096) return undefined;
  if (path.startsWith("/") || path.startsWith("~/")) return `path:${path}`;
  return `path:${folder === "/" ? "" : folder}/${path}`;
}
